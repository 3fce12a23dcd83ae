# not yet: wanted 2; found 0
# The youngest is no answer: which one it is was drawn.
echo @last@
