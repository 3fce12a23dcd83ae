@nslab@ enter mnt-who-hears.@here@ sh -c '
    for directory in /srv/*; do
        mount -t tmpfs tried $directory
        grep -q " $directory .* tried " /proc/@there_pid@/mountinfo && echo ${directory#/srv/}
        umount $directory
    done' | xargs
