# not yet: /proc/@namesake@/ns/pid: wanted that of pid-which-on-host.
# hint: That is another process
# The process has the log's number, in the other sandbox.
echo @namesake@
