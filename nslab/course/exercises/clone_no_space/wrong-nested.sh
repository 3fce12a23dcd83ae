# not yet: wanted ok; found ENOSPC
# The limit of a user namespace further in: those further out count, too.
@nslab@ enter clone-no-space.builder unshare --user --map-root-user \
    sh -c 'echo @limit@ > /proc/sys/user/max_@type@_namespaces'
