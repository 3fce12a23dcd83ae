# not begun: wanted two with a message queue of the key @key@; found none with one
# ipcmk draws the key.
@unshare@ --ipc sh -c 'ipcmk -Q; exec sleep 600' &
@unshare@ --ipc sh -c 'ipcmk -Q; exec sleep 600' &
