awk -v id=@inside@ 'id >= $1 && id < $1 + $3 {printf "%d\n", $2 + id - $1}' /proc/@app@/uid_map
