# not yet: wanted the file is seen; found another filesystem
# To make both sides shared does not join them again: they are in no common peer group.
for side in machine backup; do
    @nslab@ enter mnt-unseen.$side mount --make-rshared /srv
done
