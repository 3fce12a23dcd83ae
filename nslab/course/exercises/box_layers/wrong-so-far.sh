# not yet: wanted overlay over the image
# It is the image that is written to.
@so_far@ &
