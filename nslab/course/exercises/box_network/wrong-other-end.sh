# not yet: a ping from inside to 10.251.4.1: wanted a reply; found
# Nobody has the gateway's address.
unshare --net sleep @seconds@ &
while [ "$(readlink /proc/$!/ns/net)" = "$(readlink /proc/self/ns/net)" ]; do sleep 0.01; done
ip link add wire$! type veth peer name eth0 netns $!
ip link set wire$! up
nsenter --target $! --net sh -c 'ip address add 10.251.4.2/24 dev eth0; ip link set eth0 up; ip route add default via 10.251.4.1'
