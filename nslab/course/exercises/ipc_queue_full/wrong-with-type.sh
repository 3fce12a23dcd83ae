# not yet: as you reckoned; found more
# The type of a message, 8 bytes, does not count.
echo $(($(@nslab@ enter ipc-queue-full.shop cat /proc/sys/kernel/msgmnb) / (@size@ + 8)))
