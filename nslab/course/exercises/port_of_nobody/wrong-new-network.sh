# not yet: in the network of shop: wanted 0 outside of shop; found 2 outside of shop
# There the port is free, but there none of the customers is.
@nslab@ enter port-of-nobody.shop unshare --net sh -c 'ss -ltn; exec sleep 600' &
