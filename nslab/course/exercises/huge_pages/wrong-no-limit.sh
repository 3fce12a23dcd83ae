# not yet: what database may have, from its group up: wanted @pages@ huge pages; found
# It may have all that the team has.
echo $((1 << 40)) > @file@
