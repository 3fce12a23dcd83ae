# not yet: wanted @own@ euros, as you said; found more than that
# The account of a group has what is inside as well, and so has the bill: this took it off.
echo @own@
