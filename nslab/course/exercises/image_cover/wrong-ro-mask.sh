# not yet: lines in /proc/interrupts as the sandbox sees it: wanted 0
# A file that is read-only can be read: here its text is not to be seen.
@nslab@ enter image-cover.guest sh -c 'mount --bind /proc/interrupts /proc/interrupts
    mount -o remount,bind,ro /proc/interrupts'
