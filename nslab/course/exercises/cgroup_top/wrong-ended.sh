# not begun: the host names that processes in other cgroup namespaces
# It sees what was wanted, and ends.
@unshare@ --cgroup --uts sh -c 'hostname @agent@; cat /proc/self/cgroup'
