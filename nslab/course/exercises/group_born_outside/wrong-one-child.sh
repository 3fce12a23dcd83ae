# not yet: which the script has started: wanted @limited@; found @lobby@
# One of several.
echo @one@ > @limited@/cgroup.procs
