# not yet: no HOME and no PATH and no TERM
# Without PATH a program finds no other.
env --ignore-environment /bin/sleep @seconds@ &
