# not yet: wanted @rate@ MiB a second (
# So many operations a second, whatever each of them writes.
echo '@operations_line@' > @operations_file@
