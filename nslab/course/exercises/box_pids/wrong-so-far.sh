# not yet: the pid namespace
# Nothing is added.
@so_far@ &
