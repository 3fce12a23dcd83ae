# not yet: a connection from room to @address@, port @port@: wanted accepted; found ECONNREFUSED
# A restart, and it listens where it listened before.
kill @server@
@nslab@ enter net-own-loopback.web python3 -m http.server @port@ --bind 127.0.0.1 &
