for directory in $(@nslab@ enter mnt-who-hears.@here@ ls /srv); do
    @nslab@ enter mnt-who-hears.@here@ mount -t tmpfs tried /srv/$directory
    if grep -q " /srv/$directory .* tried " /proc/@there_pid@/mountinfo; then
        heard="$heard $directory"
    fi
    @nslab@ enter mnt-who-hears.@here@ umount /srv/$directory
done
echo $heard
