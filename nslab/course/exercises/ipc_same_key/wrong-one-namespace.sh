# not yet: wanted two with a message queue of the key @key@; found 1 with one
# The second finds the queue of the first.
@unshare@ --ipc sh -c "for run in first second; do perl -e 'msgget(@key@, 01600) // die; sleep 600' & done; wait" &
