bits=$((0x$(@nslab@ enter caps-after-exec.room sed -n 's/^CapBnd:.//p' /proc/self/status))) count=0
while [ $bits != 0 ]; do
    count=$((count + (bits & 1))) bits=$((bits >> 1))
done
echo $((count - @dropped@ + @still@))
