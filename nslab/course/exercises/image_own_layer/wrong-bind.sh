# not yet: wanted an overlay; found
# A bind mount shows the directory itself: what is written goes to it. (A tmpfs keeps it from the machine here.)
@unshare@ --mount sh -c 'mount -t tmpfs copy /media && mkdir /media/share && mount --bind /media/share /mnt &&
    echo @word@ >/mnt/@file@ && exec sleep 600' &
