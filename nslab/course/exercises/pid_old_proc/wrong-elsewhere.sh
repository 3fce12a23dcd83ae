# not yet: wanted those of its own pid namespace; found those of the host's namespace
# The new mount is in new namespaces, beside those of the sandbox.
@unshare@ --pid --fork --mount-proc ps ax
