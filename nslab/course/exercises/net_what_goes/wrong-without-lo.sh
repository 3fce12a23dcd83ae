# not yet: the interfaces in room: wanted
# The loopback is an interface, too.
kill -KILL @web@
echo $((@right@ - 1))
