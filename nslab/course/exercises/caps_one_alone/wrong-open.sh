# not yet: the bounding set: wanted @capability@; found
# It has the one alone, and a program of root's that it starts may have all.
unshare --user --map-user=1000 --keep-caps setpriv --inh-caps=-all,+@short@ --ambient-caps=-all,+@short@ sleep @seconds@ &
