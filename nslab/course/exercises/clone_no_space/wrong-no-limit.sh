# not yet: _namespaces there: wanted @limit@; found 1000000
# It works, but nothing keeps the build from eating all.
@nslab@ enter clone-no-space.builder sh -c 'echo 1000000 > /proc/sys/user/max_@type@_namespaces'
