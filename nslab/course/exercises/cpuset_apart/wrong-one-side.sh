# not yet: the CPUs of the cgroup of report (process @report@): wanted @others@, which is all but the server's; found @all@
# The database stays where it is, and the reports still come to its CPU.
echo @cpu@ > @database@/cpuset.cpus
