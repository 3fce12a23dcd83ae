# not yet: wanted @children@, as you said; found more than that
# What the workers start is in the workers' group.
echo $((1 + @late@))
