# not yet: what database may have, from its group up: wanted @pages@ huge pages; found
# A page of 2048 KiB has more than 2048 thousand bytes, so this is one page short.
echo @thousands@ > @file@
