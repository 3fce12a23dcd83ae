# not yet: a ping from left to @right@: wanted a reply; found
# Nobody has brought the other end up.
@nslab@ enter net-wire.room ip link add one netns @left_pid@ type veth peer name two netns @right_pid@
@nslab@ enter net-wire.left sh -c 'ip address add @left@/24 dev one; ip link set one up'
@nslab@ enter net-wire.right ip address add @right@/24 dev two
