# not yet: wanted its own; found the machine's
# Nothing is added.
@so_far@ &
