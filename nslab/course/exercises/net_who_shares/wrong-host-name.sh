# not yet: the sandbox that you named: wanted one of
# The name inside is not the name of the sandbox.
echo host
