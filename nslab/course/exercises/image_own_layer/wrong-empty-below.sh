# not yet: its lower layer (lowerdir): wanted /usr/share
# The layers are there, and the lower one is an empty directory.
@unshare@ --mount sh -c 'mount -t tmpfs layers /media && mkdir /media/lower /media/upper /media/work &&
    mount -t overlay -o lowerdir=/media/lower,upperdir=/media/upper,workdir=/media/work@own@ mine /mnt &&
    echo @word@ >/mnt/@file@ && exec sleep 600' &
