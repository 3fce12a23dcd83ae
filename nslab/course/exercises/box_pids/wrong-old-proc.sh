# not yet: wanted its own; found
# The numbers are new, the list is the old one.
@unshare@ --pid --mount --fork sleep @seconds@ &
