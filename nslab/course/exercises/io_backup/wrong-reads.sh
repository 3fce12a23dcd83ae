# not yet: wanted @rate@ MiB a second
# The limit is on what is read.
echo '@read_line@' > @read_file@
