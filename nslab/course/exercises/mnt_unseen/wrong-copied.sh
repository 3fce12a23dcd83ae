# not yet: wanted the file is seen; found another filesystem
# It mounts something in the old backup's list that looks like the disk, and is not.
@nslab@ enter mnt-unseen.backup sh -c 'mount -t tmpfs disk /srv/disk; touch /srv/disk/@file@'
