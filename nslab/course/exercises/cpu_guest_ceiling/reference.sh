cd @directory@
if [ -e cpu.max ]; then
    echo "@percent@000 100000" > cpu.max
else
    echo @percent@000 > cpu.cfs_quota_us
fi
