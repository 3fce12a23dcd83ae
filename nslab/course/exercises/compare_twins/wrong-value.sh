# not yet: the fact that you named: wanted one that nslab compare shows
# The value, and not the word of the fact.
grep NoNewPrivs /proc/@second@/status | tr -d '\t'
