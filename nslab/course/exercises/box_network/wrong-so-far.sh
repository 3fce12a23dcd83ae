# not yet: the net namespace
# Nothing is added.
@so_far@ &
