# not yet: wanted @sold@ % of one CPU; found 50 % of one CPU
# It helps, and more was given than was paid for.
cd @directory@
if [ -e cpu.max ]; then
    echo "50000 100000" > cpu.max
else
    echo 50000 > cpu.cfs_quota_us
fi
