# not yet: the process that you named: wanted one of
# Who it is, and not its number.
echo web
