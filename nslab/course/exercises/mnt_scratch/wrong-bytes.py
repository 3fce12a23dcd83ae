# not yet: its size for process
# A number without a letter counts bytes, and is rounded up to a page.
import nslab

box = nslab.Sandbox(mnt=True)
box.run("mount -t tmpfs -o size=@size@ scratch /mnt && touch /mnt/@file@")
