# not yet: a connection from room to @address@, port @port@: wanted accepted; found ECONNREFUSED
# It listens on all addresses, of the wrong network namespace.
@nslab@ enter net-own-loopback.room python3 -m http.server @port@ --bind 0.0.0.0 &
