# not yet: messages in the queue that is stuck; found so many bytes
# The column before the last is used-bytes.
for branch in north south west; do
    @nslab@ enter ipc-backlog.$branch ipcs -q | awk '/^0x/ {print $(NF - 1)}'
done | sort -n | tail -n 1
