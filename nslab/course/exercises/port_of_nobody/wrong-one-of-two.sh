# not yet: in the network of shop: wanted 0 outside of shop; found 1 outside of shop
# The one that opened the port is gone; its child has the socket open, too.
kill -9 @holder@
