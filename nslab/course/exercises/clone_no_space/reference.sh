@nslab@ enter clone-no-space.builder sh -c 'echo @limit@ > /proc/sys/user/max_@type@_namespaces'
