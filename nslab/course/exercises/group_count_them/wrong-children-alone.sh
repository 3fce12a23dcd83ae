# not yet: wanted @children@, as you said; found
# What the workers start is in the workers' group.
echo $((1 + @late@))
