@unshare@ --uts sh -c 'hostname @first@; exec sleep 600' &
@unshare@ --uts sh -c 'hostname @second@; exec sleep 600' &
