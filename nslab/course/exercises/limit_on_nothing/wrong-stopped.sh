# not yet: bytes a second that may be written to @device@ by backup: wanted @rate@ MiB; found no limit
# The disk is quiet, and the backup will never be done.
kill -STOP @pid@
