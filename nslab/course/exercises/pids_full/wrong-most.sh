# not yet: the room that the limit of site leaves: wanted none; found
# Most processes are there, and it may have still more.
for directory in @worker@ @web@ @shop@ @site@; do
    echo "$(cat "$directory/pids.current") ${directory##*-}"
done | sort -n | tail -n 1 | cut -d ' ' -f 2
