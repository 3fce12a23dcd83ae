# not yet: in the lists of all processes: wanted no list has it; found 1 list has it
# One of the services has it at another place.
for service in web db cache; do
    @nslab@ enter still-busy.$service umount /srv/disk
done
