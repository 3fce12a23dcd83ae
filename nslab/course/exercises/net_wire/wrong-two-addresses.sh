# not yet: the addresses of right, without those of lo: wanted @right@; found
# hint: It has an address that is not the one that is wanted
# Who has the other's address as well answers itself.
@nslab@ enter net-wire.room ip link add one netns @left_pid@ type veth peer name two netns @right_pid@
@nslab@ enter net-wire.left sh -c 'ip address add @left@/24 dev one; ip link set one up'
@nslab@ enter net-wire.right sh -c 'ip address add @right@/24 dev two; ip address add @left@/24 dev two; ip link set two up'
