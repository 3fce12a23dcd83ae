# not yet: in its own user namespace: wanted @uid@; found 0
# Root inside is one id of many, and not the one that was asked for.
unshare --user --map-root-user sleep 600 &
