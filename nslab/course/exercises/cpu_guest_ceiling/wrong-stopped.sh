# not yet: the scene is no longer whole: the process @visitor@ (visitor) has ended
kill -9 @visitor@
