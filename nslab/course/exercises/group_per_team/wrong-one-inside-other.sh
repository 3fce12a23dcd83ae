# not yet: the cgroup of carl (process @carl@): wanted @office@/@second@; found @office@/@first@/@second@
# hint: There is no group of that name
# The second team's group is inside the first's, whose limits it would have.
cd @office@
mkdir -p @first@/@second@
echo @anna@ > @first@/cgroup.procs
echo @bert@ > @first@/cgroup.procs
echo @carl@ > @first@/@second@/cgroup.procs
