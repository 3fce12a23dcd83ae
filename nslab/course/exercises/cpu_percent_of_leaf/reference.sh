awk -v n="$(cat @north@)" -v s="$(cat @south@)" -v a="$(cat @anna@)" -v b="$(cat @ben@)" \
    'BEGIN { printf "%.1f\n", 100 * s / (n + s) * a / (a + b) }'
