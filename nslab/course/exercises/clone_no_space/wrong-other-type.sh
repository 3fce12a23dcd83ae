# not yet: wanted ok; found ENOSPC
# That is the limit on user namespaces.
@nslab@ enter clone-no-space.builder sh -c 'echo @limit@ > /proc/sys/user/max_user_namespaces'
