# not yet: how much CPU time it may use at once (quota and burst of one period): wanted @work@ ms or more; found @sold@ ms
# Nobody else wants the CPU: there is nothing to be weighed.
echo 5000 > @weight_file@
