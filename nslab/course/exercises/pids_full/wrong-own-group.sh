# not yet: the room that the limit of worker leaves: wanted none; found
# Where the fork fails is not where the limit is.
echo worker
