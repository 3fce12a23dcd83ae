@nslab@ enter net-wire.room ip link add one netns @left_pid@ type veth peer name two netns @right_pid@
@nslab@ enter net-wire.left sh -c 'ip address add @left@/24 dev one; ip link set one up'
@nslab@ enter net-wire.right sh -c 'ip address add @right@/24 dev two; ip link set two up'
