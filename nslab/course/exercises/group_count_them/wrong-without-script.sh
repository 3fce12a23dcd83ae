# not yet: wanted @without_script@, as you said; found more than that
# The script is in there, too.
echo $((@late@ + @late@ * @each@))
