# not yet: the call that you named: wanted one of
# The first comparison is about the architecture, and its number is no call's.
od -An -v -t u2 -w8 @file@ | awk '$1 == 21 { print $3 + 65536 * $4; exit }'
