# not yet: wanted another; found the command itself
# The command is number 1.
@so_far@ &
