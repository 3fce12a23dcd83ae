# not yet: in the lists of all processes: wanted no list has it; found 2 lists have it
# An empty filesystem is mounted as firmly as a full one.
for service in web db cache; do
    @nslab@ enter still-busy.$service rm -f /srv/disk/data /srv/old/data
done
