# not yet: found nobody of the container
# The number inside is not the number outside.
echo @inside@
