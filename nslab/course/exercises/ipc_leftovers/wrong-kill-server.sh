# not yet: the scene is no longer whole: the process @server@ (server) has ended
# Memory that nobody has attached any more can all be removed; but the server was to run on.
kill -9 @server@
@nslab@ enter ipc-leftovers.shop ipcrm --all=shm
