# not yet: wanted @seconds@ euros, as you said; found more than that
# Seconds are no euros.
echo @seconds@
