# not yet: ns/pid of `sleep @seconds@`: wanted a pid namespace of its own; found the host's
# The program is the caller of unshare(), which stays where it was; only its children would be inside.
@unshare@ --pid sleep @seconds@ &
