# not yet: the host's: pid
# unshare(2) leaves the pid namespace of the process as it is: without --fork the program keeps it.
@unshare@ @options@ --pid sleep @seconds@ &
