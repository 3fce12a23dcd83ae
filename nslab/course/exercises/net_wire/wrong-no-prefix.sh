# not yet: a ping from left to @right@: wanted a reply; found ENETUNREACH
# Without a prefix it is /32: a network of one address, and so there is no route to any other.
@nslab@ enter net-wire.room ip link add one netns @left_pid@ type veth peer name two netns @right_pid@
@nslab@ enter net-wire.left sh -c 'ip address add @left@ dev one; ip link set one up'
@nslab@ enter net-wire.right sh -c 'ip address add @right@ dev two; ip link set two up'
