# not yet: the scene is no longer whole
# Whoever restarts everything need not know what it was, and has stopped two containers that were well.
kill -KILL @web@ @queue@ @mail@
