import nslab

box = nslab.Sandbox(mnt=True)
box.run("mount -t tmpfs layers /media && mkdir /media/upper /media/work")
box.run("mount -t overlay -o lowerdir=/usr/share,upperdir=/media/upper,workdir=/media/work@own@ mine /mnt")
box.run("echo @word@ >/mnt/@file@")
