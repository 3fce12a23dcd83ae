# not yet: the ipc namespace
# A host name is one of two kinds of names.
@unshare@ --uts sh -c 'hostname by-hand; exec sleep @seconds@' &
