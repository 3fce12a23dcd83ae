PATH=$PATH:/usr/sbin
@nslab@ enter caps-lost-file.machine setcap @small@=ep /mnt/@program@
