# not yet: the other end of eth0 of @who@: wanted
# It takes the index of the near end, which the room has given to another interface.
index=$(@nslab@ enter net-which-port.@who@ ip -oneline link show eth0 | sed 's/^\([0-9]*\):.*/\1/')
@nslab@ enter net-which-port.room ip -oneline link | sed -n "s/^$index: \([^@:]*\)[@:].*/\1/p"
