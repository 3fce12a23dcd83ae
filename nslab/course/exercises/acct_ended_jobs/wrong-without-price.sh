# not yet: wanted 0.
# Seconds are no euros.
echo @seconds@
