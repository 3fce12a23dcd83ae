# not yet: bytes a second that may be written to @device@ by backup: wanted @rate@ MiB; found no limit
echo '@rbps_line@' > @backup_rbps@
