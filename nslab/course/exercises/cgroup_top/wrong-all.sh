# not yet: wanted the machine's, net:[
# It unshares what was to be shared: such an agent has nothing to measure.
@unshare@ --cgroup --uts --net sh -c 'hostname @agent@; exec sleep 600' &
