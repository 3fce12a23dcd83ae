# not yet: who has the address @address@: wanted web alone; found web and room
# With the address in the room, the room answers to itself.
@nslab@ enter net-own-loopback.room sh -c 'ip address add @address@/32 dev lo && exec python3 -m http.server @port@' &
