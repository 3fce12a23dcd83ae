# not yet: as you reckoned; found fewer
# As if the threads had been there before, and had called fork(), too.
echo $(((2 + @threads@) << @forks@))
