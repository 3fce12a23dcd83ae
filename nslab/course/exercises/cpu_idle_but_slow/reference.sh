cd @directory@
if [ -e cpu.max ]; then
    echo "@sold@0000 1000000" > cpu.max
else
    echo 1000000 > cpu.cfs_period_us
    echo @sold@0000 > cpu.cfs_quota_us
fi
