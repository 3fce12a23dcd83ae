# not yet: wanted ok; found ENOSPC
# Another limit: processes, and not namespaces.
@nslab@ enter clone-no-space.builder sh -c 'ulimit -u unlimited; unshare @option@ true'
