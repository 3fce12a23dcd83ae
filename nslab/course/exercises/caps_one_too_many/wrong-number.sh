# not yet: the capability that you named: wanted one of capabilities(7)
# The number of the set, and no name.
sed -n 's/^CapEff:.//p' /proc/@pid@/status
