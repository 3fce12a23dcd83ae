percent() {
    if [ -e "$1/cpu.max" ]; then
        awk '{ print 100 * $1 / $2 }' "$1/cpu.max"
    else
        awk -v period="$(cat "$1/cpu.cfs_period_us")" '{ print 100 * $1 / period }' "$1/cpu.cfs_quota_us"
    fi
}
awk -v a="$(percent @chemistry@)" -v b="$(percent @history@)" 'BEGIN { print (a + b) / 100 * @seconds@ }'
