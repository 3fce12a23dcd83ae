# not yet: the cgroup of anna (process @anna@): wanted @office@/@first@; found @office@
# Two numbers in one write are no number: the kernel answers EINVAL, and moves nobody.
cd @office@
mkdir @first@ @second@
printf '@anna@ @bert@' > @first@/cgroup.procs
echo @carl@ > @second@/cgroup.procs
