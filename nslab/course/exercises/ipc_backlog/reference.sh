for branch in north south west; do
    @nslab@ enter ipc-backlog.$branch ipcs -q | awk '/^0x/ {print $NF}'
done | sort -n | tail -n 1
