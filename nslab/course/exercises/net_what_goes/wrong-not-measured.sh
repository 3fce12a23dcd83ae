# not yet: the first process of web, @web@: wanted ended; found it runs
# The number is right. Nobody has seen it yet.
echo @right@
