# not yet: the host names of your processes: wanted @first@; found
# Both names go to one namespace, so the second replaces the first.
@unshare@ --uts sh -c 'hostname @first@; hostname @second@; exec sleep 600' &
