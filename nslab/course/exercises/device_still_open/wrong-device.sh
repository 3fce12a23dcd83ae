# not yet: the process that you named: wanted one of
echo /dev/@device@
