# not yet: wanted @seconds@ euros, as you said; found
# Seconds are no euros.
echo @seconds@
