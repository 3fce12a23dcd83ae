# not begun: wanted uid @uid@, gid @gid@; found uid 0, gid 0
# Root inside is one id of many, and not the one that was asked for.
unshare --user --map-root-user sleep 600 &
