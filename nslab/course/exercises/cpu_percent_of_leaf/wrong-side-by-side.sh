# not yet: wanted @side_by_side@ %, as you said; found
# Weights of two levels are not parts of one sum.
echo "@side_by_side@ %"
