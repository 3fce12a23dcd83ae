# not yet: the host name that they see: wanted @name@; found
# A new namespace begins with a copy of the old name.
@unshare@ --uts sh -c 'unshare --ipc sleep @first@ & unshare --ipc sleep @second@ & wait' &
