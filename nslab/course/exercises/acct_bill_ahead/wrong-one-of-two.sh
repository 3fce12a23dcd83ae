# not yet: s, as you said; found more than that
# The account above has both departments on it.
echo @chemistry_alone@
