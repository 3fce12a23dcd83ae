# not yet: as you reckoned; found more
# msgmax is the limit on one message.
echo $(($(@nslab@ enter ipc-queue-full.shop cat /proc/sys/kernel/msgmax) / @size@))
