# not yet: the cgroup of anna (process @anna@): wanted @office@/@first@; found @office@
# The groups are there, and nobody is in them: a group takes no processes by itself.
mkdir @office@/@first@ @office@/@second@
