# not yet: what /etc/os-release says to process
# Nothing is added.
@so_far@ &
