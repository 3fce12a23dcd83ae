# not yet: beside the fourteen: wanted no others; found
# Nothing is added.
@so_far@ &
