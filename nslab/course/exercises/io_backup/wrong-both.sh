# not yet: wanted no other limit; found other limits, too
# What was to be read at full speed is slow as well.
echo '@write_line@' > @write_file@
echo '@read_line@' > @read_file@
