index=$(@nslab@ enter net-which-port.@who@ ip -oneline link show eth0 | sed 's/.*eth0@if\([0-9]*\):.*/\1/')
@nslab@ enter net-which-port.room ip -oneline link | sed -n "s/^$index: \([^@:]*\)[@:].*/\1/p"
