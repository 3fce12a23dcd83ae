# not yet: what the script (process @script@) has started and runs: wanted 3 processes
# What is killed is in no wrong group, and does no backup.
kill -9 @one@
