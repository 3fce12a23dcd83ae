# not yet: whether they are in effect when it starts: wanted yes; found no
# A program that does not ask for it has it, and does not use it.
PATH=$PATH:/usr/sbin
@nslab@ enter caps-lost-file.machine setcap @small@=p /mnt/@program@
