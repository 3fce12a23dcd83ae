@nslab@ enter ipc-leftovers.shop sh -c '
    ipcs -m | awk "/^0x/ && \$6 == 0 {print \$2}" | xargs -r -n 1 ipcrm -m'
