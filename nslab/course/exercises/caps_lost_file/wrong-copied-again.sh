# not yet: wanted @capability@; found none
# The old file has it, and the copy of it has not, with mode and time or without.
@nslab@ enter caps-lost-file.machine cp --preserve=mode,timestamps /mnt/@program@.old /mnt/@program@
