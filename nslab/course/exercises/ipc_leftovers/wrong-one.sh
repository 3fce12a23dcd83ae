# not yet: the other segments in shop: wanted none; found 0x
# The first one, and then it stops.
@nslab@ enter ipc-leftovers.shop sh -c '
    ipcs -m | awk "/^0x/ && \$6 == 0 {print \$2; exit}" | xargs -r -n 1 ipcrm -m'
