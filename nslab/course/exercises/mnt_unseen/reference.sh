@nslab@ enter mnt-unseen.machine unshare --mount --propagation slave sleep infinity &
