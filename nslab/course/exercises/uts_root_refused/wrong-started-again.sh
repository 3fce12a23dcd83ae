# not yet: the scene is no longer whole: the sandbox uts-root-refused.inner has ended
# A new one with the right name is not the one that the customers use.
kill -9 @inner@
@unshare@ --uts sh -c 'hostname @new@; exec sleep 600' &
