# not yet: the other end of eth0 of @who@: wanted @another@, as you said; found another than @another@
# The names and the order tell nothing.
echo @another@
