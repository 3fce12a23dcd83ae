# not yet: made on machine, looked for by the backup: wanted seen; found not seen
# Started anew it has this disk; of the next one it hears nothing, for unshare makes the list private.
@nslab@ enter mnt-unseen.machine unshare --mount sleep infinity &
