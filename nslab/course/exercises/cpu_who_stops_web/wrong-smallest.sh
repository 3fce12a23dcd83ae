# not yet: nr_throttled of web
# Its quota is the smallest on the way up, and was never used up.
echo web
