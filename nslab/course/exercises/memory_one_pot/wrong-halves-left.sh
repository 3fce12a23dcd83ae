# not yet: the most memory that web may have, from its group up: wanted @pot@ MiB
# The limit above is there, and the halves below it still hold.
echo @pot@M > @shop_limit@
