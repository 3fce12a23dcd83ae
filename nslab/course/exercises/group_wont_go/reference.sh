find @old@ -name cgroup.procs -exec cat {} +
