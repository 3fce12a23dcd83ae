# not yet: the least quota from the cgroup of server
# With ceilings in that ratio the CPU is divided right, and is idle when one of them is.
cd @shop@
if [ -e cpu.max ]; then
    echo "@times@0000 100000" > cpu.max
    echo "10000 100000" > @backup@/cpu.max
else
    echo @times@0000 > cpu.cfs_quota_us
    echo 10000 > @backup@/cpu.cfs_quota_us
fi
