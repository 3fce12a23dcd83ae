# not yet: the group that you named: wanted one of company, team, web
# How often is not by whom.
awk '/nr_throttled/ { print $2 }' @team@/cpu.stat
