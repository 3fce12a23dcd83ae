# not yet: wanted all are seen there; found not seen
# A copied list is no list that is told of everything.
echo $(@nslab@ enter mnt-who-hears.outer ls /srv)
