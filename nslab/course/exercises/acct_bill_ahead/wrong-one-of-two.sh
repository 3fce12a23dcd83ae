# not yet: s, as you said; found
# The account above has both departments on it.
echo @chemistry_alone@
