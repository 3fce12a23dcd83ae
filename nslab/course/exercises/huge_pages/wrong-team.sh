# not yet: the limit of team: wanted
# Wherever it is asked for, the least one on the way up counts; and this one was not to be touched.
echo @bytes@ > @team_file@
