number=$(od -An -v -t u2 -w8 @file@ | awk '$1 == 21 { found = $3 + 65536 * $4 } END { print found }')
echo '@numbers@' | awk -v number="$number" '$2 == number { print $1 }'
