# not yet: the cgroup of server
# It was stopped most often of all; but the server is not in it.
for group in @company@ @team@ @web@ @report@ @mail@ @batch@; do
    echo "$(awk '/nr_throttled/ { print $2 }' $group/cpu.stat) $(basename $group)"
done | sort -n | tail -1 | cut -d ' ' -f 2
