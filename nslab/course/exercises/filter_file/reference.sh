perl -e 'print pack "S C C L", @$_ for [0x20, 0, 0, 4], [0x15, 1, 0, @arch@], [0x06, 0, 0, 0x80000000],
    [0x20, 0, 0, 0], [0x15, 0, 1, @number@], [0x06, 0, 0, 0x50000 | @errno@], [0x06, 0, 0, 0x7fff0000]' >@file@
