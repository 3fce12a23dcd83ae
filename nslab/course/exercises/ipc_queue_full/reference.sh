echo $(($(@nslab@ enter ipc-queue-full.shop cat /proc/sys/kernel/msgmnb) / @size@))
