for group in @web@ @team@ @company@; do
    grep -q 'nr_throttled 0' $group/cpu.stat || basename $group
done
