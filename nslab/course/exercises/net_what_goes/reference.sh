# All stay if somebody else is in the network namespace of web, and else all but the wires to it.
if [ "$(readlink /proc/@helper@/ns/net)" = "$(readlink /proc/@web@/ns/net)" ]; then
    goes=nothing
else
    goes=to-web
fi
number=$(@nslab@ enter net-what-goes.room ip -oneline link | grep -vc "$goes")
kill -KILL @web@
echo "$number"
