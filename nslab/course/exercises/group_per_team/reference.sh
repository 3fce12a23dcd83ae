cd @office@
mkdir @first@ @second@
echo @anna@ > @first@/cgroup.procs
echo @bert@ > @first@/cgroup.procs
echo @carl@ > @second@/cgroup.procs
