# not yet: wanted @pot@ MiB; found no limit
# Nobody is killed any more, and nothing keeps the two within their pot.
echo @none@ > @web_limit@
echo @none@ > @db_limit@
