# not yet: the CPUs of the cgroup of report (process @report@): wanted @others@, which is all but the server's; found @cpu@
# Together on one CPU is the opposite.
echo @cpu@ > @database@/cpuset.cpus
echo @report@ > @database@/cgroup.procs
