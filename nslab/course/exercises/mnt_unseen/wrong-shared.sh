# not yet: made by the backup, looked for on machine: wanted not seen; found seen
# A shared list hears, and is heard as well.
@nslab@ enter mnt-unseen.machine unshare --mount --propagation unchanged sleep infinity &
