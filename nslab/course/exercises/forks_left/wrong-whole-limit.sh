# not yet: found fewer than that
# The limit counts what is there already.
cat @service@/pids.max
