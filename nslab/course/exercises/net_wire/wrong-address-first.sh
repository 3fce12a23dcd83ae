# not yet: the addresses of left, without those of lo: wanted @left@; found none
# An interface that is moved to another namespace loses its addresses.
@nslab@ enter net-wire.room sh -c '
    ip link add one type veth peer name two
    ip address add @left@/24 dev one; ip address add @right@/24 dev two
    ip link set one netns @left_pid@; ip link set two netns @right_pid@'
@nslab@ enter net-wire.left ip link set one up
@nslab@ enter net-wire.right ip link set two up
