# not yet: wanted @half@ euros, as you said; found
# Two departments are not two halves.
echo "@half@ euros"
