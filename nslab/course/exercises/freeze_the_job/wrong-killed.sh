# not yet: the scene is no longer whole
# A job that has ended writes nothing, and nothing of it is left to go on afterwards.
kill -KILL @pids@
