# not yet: what seccomp(2) says to the file: wanted ok; found EINVAL
# The kernel reads instructions, and no names.
echo '@call@ @says@' >@file@
