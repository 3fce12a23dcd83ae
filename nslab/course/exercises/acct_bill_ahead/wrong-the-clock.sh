# not yet: wanted @seconds@ s, as you said; found
# That is the time on the wall.
echo @seconds@
