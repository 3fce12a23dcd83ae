# not yet: as you reckoned; found fewer
# msgmni is how many queues there may be.
@nslab@ enter ipc-queue-full.shop cat /proc/sys/kernel/msgmni
