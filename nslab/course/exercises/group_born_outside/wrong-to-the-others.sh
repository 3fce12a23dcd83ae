# not yet: the cgroup of the script (process @script@): wanted @limited@; found @lobby@
# Now they are all together again, where there is no limit.
echo @script@ > @lobby@/cgroup.procs
