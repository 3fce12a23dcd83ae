# not yet: as you reckoned; found fewer
# What fits only in part does not fit.
echo $(($(@nslab@ enter ipc-queue-full.shop cat /proc/sys/kernel/msgmnb) / @size@ + 1))
