# not yet: the cgroup of carl (process @carl@): wanted @office@/@second@; found @office@
# The second team's process was taken to be well where it is.
cd @office@
mkdir @first@ @second@
echo @anna@ > @first@/cgroup.procs
echo @bert@ > @first@/cgroup.procs
