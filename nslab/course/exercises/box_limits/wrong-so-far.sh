# not yet: the least limit on memory from
# Nothing is added.
@so_far@ &
