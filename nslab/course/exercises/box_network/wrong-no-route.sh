# not yet: its default route: wanted by a gateway; found none
# It reaches its neighbour, and nobody else.
unshare --net sleep @seconds@ &
while [ "$(readlink /proc/$!/ns/net)" = "$(readlink /proc/self/ns/net)" ]; do sleep 0.01; done
ip link add wire$! type veth peer name eth0 netns $!
ip address add 10.251.3.1/24 dev wire$!
ip link set wire$! up
nsenter --target $! --net sh -c 'ip address add 10.251.3.2/24 dev eth0; ip link set eth0 up'
