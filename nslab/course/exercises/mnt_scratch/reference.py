import nslab

box = nslab.Sandbox(mnt=True)
box.run("mount -t tmpfs -o size=@size@m scratch /mnt && touch /mnt/@file@")
