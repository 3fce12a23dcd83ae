# not begun: wanted @limit@ MiB; found no limit
# This limit is one that the kernel reclaims above (v1: only when memory is short): nobody is killed for it.
echo @limit@M > @high@
