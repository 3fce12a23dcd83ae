# not yet: wanted one or more; found 0
# "It was not near its limit, and was killed all the same": that was the operator.
file=$(grep -HE '^(max )?[0-9]+$' @met@ | sed 's/:max /:/' | sort -t: -k2 -n | head -n 1)
directory=${file%/*}
echo "${directory##*/}"
