# not yet: the effective set: wanted @capability@; found 0 capabilities
# Somebody who is not root takes nothing along through execve().
unshare --user --map-user=1000 sleep @seconds@ &
