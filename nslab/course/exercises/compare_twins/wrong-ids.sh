# not yet: uid of the two: wanted different; found the same
# What everybody looks at first.
echo uid
