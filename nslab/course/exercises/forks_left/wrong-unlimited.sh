# not yet: wanted a number of processes; found thousands
# What the machine could have.
echo thousands
