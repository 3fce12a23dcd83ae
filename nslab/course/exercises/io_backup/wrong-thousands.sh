# not yet: wanted @rate@ MiB a second
# hint: There is a limit on it already
# A megabyte of disk sellers is not a MiB.
echo '@thousands_line@' > @thousands_file@
