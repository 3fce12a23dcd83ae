# not yet: the scene is no longer whole: the process @apart@
# It listens on a port with that number, in another network.
kill -9 @apart@
