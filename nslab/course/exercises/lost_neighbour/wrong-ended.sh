# not yet: the scene is no longer whole: the sandbox lost-neighbour.db
# What has ended is no neighbour any more.
kill -KILL @db_pid@
