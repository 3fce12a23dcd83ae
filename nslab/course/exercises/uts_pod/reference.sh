@unshare@ --uts sh -c 'hostname @name@; unshare --ipc sleep @first@ & unshare --ipc sleep @second@ & wait' &
