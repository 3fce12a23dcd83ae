# not yet: the sandbox that you named: wanted one of
# All four are called so.
echo @host@
