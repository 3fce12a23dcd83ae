more=$((0x$(sed -n 's/^CapEff:.//p' /proc/@pid@/status) & ~0xa80425fb)) line=1
while [ $more -gt 1 ]; do more=$((more >> 1)) line=$((line + 1)); done
setpriv --list-caps | sed -n "${line}p"
