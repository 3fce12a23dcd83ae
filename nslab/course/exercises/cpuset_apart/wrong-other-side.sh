# not yet: the CPUs of the cgroup of server (process @server@): wanted one CPU; found @all@
# The reports keep off; but the database still wanders.
echo @others@ > @reports@/cpuset.cpus
