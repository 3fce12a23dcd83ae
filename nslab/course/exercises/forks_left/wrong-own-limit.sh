# not yet: the processes that may still be started in service: wanted
# The group above has less room than this one.
echo $(($(cat @service@/pids.max) - $(cat @service@/pids.current)))
