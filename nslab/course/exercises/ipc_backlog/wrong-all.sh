# not yet: messages in the queue that is stuck; found so many in all three together
# They have one key, but they are three.
for branch in north south west; do
    @nslab@ enter ipc-backlog.$branch ipcs -q
done | awk '/^0x/ {sum += $NF} END {print sum}'
