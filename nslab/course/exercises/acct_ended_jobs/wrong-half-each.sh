# not yet: wanted @half@ euros, as you said; found more than that
# Two departments are not two halves.
echo "@half@ euros"
