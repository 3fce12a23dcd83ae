# not yet: wanted 33.3 %, as you said; found
# Three loops; but the kernel divides between groups, by weight.
echo 33.3
