# not yet: NoNewPrivs of it: wanted 1; found 0
# A set-user-ID program gives nothing that is not in the bounding set, but another user it makes all the same.
unshare --map-root-user --user setpriv --bounding-set=-all sleep @seconds@ &
