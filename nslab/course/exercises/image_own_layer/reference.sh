@unshare@ --mount sh -c 'mount -t tmpfs layers /media && mkdir /media/upper /media/work &&
    mount -t overlay -o lowerdir=/usr/share,upperdir=/media/upper,workdir=/media/work@own@ mine /mnt &&
    echo @word@ >/mnt/@file@ && exec sleep 600' &
