# not yet: the least quota from the cgroup of archiver
# The weights are right, and the quota still stops the backup at night.
echo 100 > @backup@/@weight@
echo @times@00 > @shop@/@weight@
