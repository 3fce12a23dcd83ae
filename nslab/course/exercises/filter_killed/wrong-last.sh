# not yet: wanted ended by SIGSYS; found goes on
# Another one that it lets through.
echo @last@
