# not begun: the interfaces of left and of right: wanted one more than lo; found lo alone
# Both ends stay in the room, which now reaches itself.
@nslab@ enter net-wire.room sh -c '
    ip link add one type veth peer name two
    ip address add @left@/24 dev one; ip address add @right@/24 dev two
    ip link set one up; ip link set two up'
