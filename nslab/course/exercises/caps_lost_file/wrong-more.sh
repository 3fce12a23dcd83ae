# not yet: wanted @capability@; found CAP_
# It works, and has one more than before.
PATH=$PATH:/usr/sbin
@nslab@ enter caps-lost-file.machine setcap @small@,@other@=ep /mnt/@program@
