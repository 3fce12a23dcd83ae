@unshare@ --cgroup --uts sh -c 'hostname @agent@; exec sleep 600' &
