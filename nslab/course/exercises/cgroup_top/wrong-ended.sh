# not begun: processes in other cgroup namespaces than the machine's
# It sees what was wanted, and ends.
@unshare@ --cgroup --uts sh -c 'hostname @agent@; cat /proc/self/cgroup'
