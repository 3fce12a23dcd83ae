# not yet: the user namespace
# Its names are its own; root is the machine's.
sleep @seconds@ &
