# not begun: the host names that processes in other cgroup namespaces
# A file that lies over another hides it from one path, and not from /proc/PID/cgroup.
@unshare@ --mount --uts sh -c 'hostname @agent@; mount --bind /dev/null /proc/self/cgroup; exec sleep 600' &
