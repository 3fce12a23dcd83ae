# not yet: wanted @rate@ MiB a second
# A megabyte of disk sellers is not a MiB.
echo '@thousands_line@' > @thousands_file@
