# not yet: who has the address @db@: wanted db alone; found
# web has the address now, and a server of its own: it reaches itself.
@nslab@ enter lost-neighbour.web sh -c 'ip address add @db@/32 dev lo; exec python3 -m http.server @port@' &
