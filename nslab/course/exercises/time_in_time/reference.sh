hours() {
    there=$(@nslab@ enter time-in-time.$1 python3 -c "import time; print(int(time.clock_gettime(time.CLOCK_$2)))")
    here=$(python3 -c "import time; print(int(time.clock_gettime(time.CLOCK_$2)))")
    echo $(((there - here + 1800) / 3600))
}
echo $(hours inner BOOTTIME) $(hours inner MONOTONIC) $(hours heir BOOTTIME)
