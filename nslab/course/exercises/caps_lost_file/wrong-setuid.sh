# not yet: wanted @capability@; found none
# The proposal: everybody who starts it is root.
@nslab@ enter caps-lost-file.machine chmod u+s /mnt/@program@
