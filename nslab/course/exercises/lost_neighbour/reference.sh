# From one end to the other, all that the plan asks for; what is there already stays.
@nslab@ enter lost-neighbour.cache ip link set db0 netns @db_pid@
@nslab@ enter lost-neighbour.db sh -c 'ip address replace @db@/24 dev db0; ip link set db0 up'
@nslab@ enter lost-neighbour.room sh -c 'ip link set to-web up; ip link set to-db up'
@nslab@ enter lost-neighbour.web ip route replace default via @web_router@
@nslab@ enter lost-neighbour.db ip route replace default via @db_router@
