# not yet: wanted one; found none
# Each may have all of it: together that is twice as much.
echo @pot@M > @web_limit@
echo @pot@M > @db_limit@
