# not yet: as you said; found more than that
# The loopback is an interface, too.
kill -KILL @web@
echo $((@right@ - 1))
