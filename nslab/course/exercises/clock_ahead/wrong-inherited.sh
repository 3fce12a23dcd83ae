# not yet: the boottime of process
# A new namespace begins with the offsets of the old one.
@nslab@ enter clock-ahead.service unshare --time --fork sleep 600 &
