# not yet: the process that you named: wanted one of red, green, blue
# On which CPU is not who.
sed -n 's/^Cpus_allowed_list:\t//p' /proc/@red@/status
