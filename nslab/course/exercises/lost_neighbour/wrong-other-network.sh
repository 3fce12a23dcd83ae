# not yet: a connection from web to @db@, port @port@: wanted accepted; found
# A new wire, and new addresses: the shop asks at the old one.
@nslab@ enter lost-neighbour.room ip link add new netns @web_pid@ type veth peer name new netns @db_pid@
@nslab@ enter lost-neighbour.web sh -c 'ip address add 192.168.7.1/24 dev new; ip link set new up'
@nslab@ enter lost-neighbour.db sh -c 'ip address add 192.168.7.2/24 dev new; ip link set new up'
