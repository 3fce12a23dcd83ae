# not yet: the types that you named: wanted some of
# All names in the directory, whatever they mean.
cd /proc/@service@/ns && echo *
