# not yet: wanted @without_script@, as you said; found
# The script is in there, too.
echo $((@late@ + @late@ * @each@))
