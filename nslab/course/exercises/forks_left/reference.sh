for directory in @service@ @team@; do
    echo $(($(cat "$directory/pids.max") - $(cat "$directory/pids.current")))
done | sort -n | head -n 1
