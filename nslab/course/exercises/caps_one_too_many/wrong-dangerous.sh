# not yet: in effect: wanted yes; found no
# A capability that one would look for first, and that this process does not have.
echo @lacks@
