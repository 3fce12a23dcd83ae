# not yet: wanted @limit@ MiB; found
# A megabyte of disk sellers is not a MiB.
echo $((@limit@ * 1000 * 1000)) > @file@
