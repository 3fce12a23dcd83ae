# not yet: as you reckoned; found more
# hint: Does what the program has in effect count
# What is inheritable comes back, also when it is out of the bounding set.
bits=$((0x$(@nslab@ enter caps-after-exec.room sed -n 's/^CapBnd:.//p' /proc/self/status))) count=0
while [ $bits != 0 ]; do
    count=$((count + (bits & 1))) bits=$((bits >> 1))
done
echo $((count - @dropped@))
