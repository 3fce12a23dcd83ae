echo @bytes@ > @file@
