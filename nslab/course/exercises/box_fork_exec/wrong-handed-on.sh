# not yet: wanted HOME, PATH and TERM alone; found
# A shell hands on all that it has.
sleep @seconds@ &
