# not yet: messages in the queue that is stuck; found more
# That one is at work.
for branch in north south west; do
    @nslab@ enter ipc-backlog.$branch ipcs -q | awk '/^0x/ {print $NF}'
done | sort -n | head -n 1
