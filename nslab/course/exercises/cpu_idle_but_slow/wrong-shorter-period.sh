# not yet: how much CPU time it may use at once (quota and burst of one period): wanted @work@ ms or more; found
# Shorter stops, and more of them.
cd @directory@
if [ -e cpu.max ]; then
    echo "@sold@00 10000" > cpu.max
else
    echo @sold@00 > cpu.cfs_quota_us
    echo 10000 > cpu.cfs_period_us
fi
