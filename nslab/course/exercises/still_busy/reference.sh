for service in web db cache; do
    place=$(@nslab@ enter still-busy.$service grep ' tmpfs @disk@ ' /proc/self/mountinfo | cut -d ' ' -f 5)
    [ -z "$place" ] || @nslab@ enter still-busy.$service umount "$place"
done
