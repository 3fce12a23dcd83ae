# not yet: made in @here@, looked for in @there@: wanted
# It is the answer for the other direction: a slave hears, and is not heard.
echo @backwards@
