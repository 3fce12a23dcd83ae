echo @cpu@ > @database@/cpuset.cpus
echo @others@ > @reports@/cpuset.cpus
