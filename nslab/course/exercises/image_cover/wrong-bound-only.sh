# not yet: wanted read-only; found writable
# A bind mount alone changes nothing: it has to be made read-only.
@nslab@ enter image-cover.guest sh -c 'mount --bind /dev/null /proc/interrupts
    mount --bind /proc/sys /proc/sys'
