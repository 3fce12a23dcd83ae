# not yet: which the script has started: wanted @limited@; found @lobby@
# The script was there already. Its children do not follow.
echo @script@ > @lobby@/cgroup.procs
echo @script@ > @limited@/cgroup.procs
