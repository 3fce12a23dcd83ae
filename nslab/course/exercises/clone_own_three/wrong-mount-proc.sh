# not yet: wanted nothing else new; found also new: mnt
# A /proc of its own needs a mount namespace, so unshare makes that, too.
@unshare@ @options@ --pid --fork --mount-proc sleep @seconds@ &
