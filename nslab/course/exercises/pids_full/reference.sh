for directory in @worker@ @web@ @shop@ @site@; do
    if [ "$(cat "$directory/pids.current")" = "$(cat "$directory/pids.max")" ]; then
        echo "${directory##*-}"
    fi
done
