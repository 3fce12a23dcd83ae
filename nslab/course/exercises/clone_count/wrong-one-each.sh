# not yet: as you reckoned; found more
# One more process for each fork(), as if only the first one called it.
echo $(((1 + @forks@) * (1 + @threads@)))
