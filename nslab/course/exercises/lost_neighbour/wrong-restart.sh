# not yet: a connection from web to @db@, port @port@: wanted accepted; found
# The database is well, and a second one beside it would not be reached either.
@nslab@ enter lost-neighbour.db python3 -m http.server @port@ &
