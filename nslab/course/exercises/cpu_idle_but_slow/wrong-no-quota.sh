# not yet: wanted @sold@ % of one CPU; found none
# Now a program that runs wild takes a whole CPU.
cd @directory@
if [ -e cpu.max ]; then
    echo max > cpu.max
else
    echo -1 > cpu.cfs_quota_us
fi
