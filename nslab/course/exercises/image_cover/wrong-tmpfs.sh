# not yet: /proc/sys/kernel/hostname in the sandbox: wanted can be read; found is not there
# An empty file system hides the settings, and programs want to read some.
@nslab@ enter image-cover.guest sh -c 'mount --bind /dev/null /proc/interrupts
    mount -t tmpfs -o ro nothing /proc/sys'
