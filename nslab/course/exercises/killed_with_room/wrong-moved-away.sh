# not yet: the group of import: wanted tenant, or one below it; found
# It gets its memory, and the neighbour gets the bill.
echo @pid@ > @away@
