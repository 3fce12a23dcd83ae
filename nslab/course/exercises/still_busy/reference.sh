for service in web db cache; do
    @nslab@ enter still-busy.$service sh -c '
        place=$(grep " tmpfs @disk@ " /proc/self/mountinfo | cut -d " " -f 5)
        [ -z "$place" ] || umount "$place"'
done
