# not yet: the cgroup of server
# It has used up what belonged to all. But it has no quota of its own, and stops nobody.
echo report
