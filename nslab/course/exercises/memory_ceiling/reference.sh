echo @limit@M > @file@
