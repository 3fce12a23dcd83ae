# not yet: the process web: wanted running; found frozen
# The group above it is frozen still.
echo @thaw@ > @web@
