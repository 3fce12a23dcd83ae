# not yet: in the lists of all processes: wanted no list has it; found 2 lists have it
# What is not in this list cannot be unmounted in it, not even lazily.
@nslab@ enter still-busy.machine umount -l /srv/disk
