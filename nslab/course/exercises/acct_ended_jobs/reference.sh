cd @chemistry@
if [ -e cpuacct.usage ]; then
    used=$(cat cpuacct.usage)
else
    used=$(awk '/^usage_usec/ { print $2 "000" }' cpu.stat)
fi
awk -v used="$used" 'BEGIN { printf "%.3f\n", used / 1e9 * @price@ }'
