#!/bin/sh
# Objects of System V on both sides of an IPC namespace. Prints: host before | inside | host after.
# The host is stood in for by an outer IPC namespace, so that nothing is made on the machine itself.
as_root=
[ "$(id -u)" = 0 ] || as_root="--user --map-root-user"

# shellcheck disable=SC2016,SC2086
exec unshare $as_root --ipc sh -c '
    found() { # kind (q, s or m), id
        if ipcs -$1 -i "$2" 2>/dev/null | grep -q "$2"; then echo found; else echo ENOENT; fi
    }
    id_of() { sed "s/.*: //"; }

    queue=$(ipcmk -Q | id_of) semaphore=$(ipcmk -S 1 | id_of) memory=$(ipcmk -M 4096 | id_of)
    export queue semaphore memory
    in=$(unshare --ipc sh -c "
        for object in q,$queue s,$semaphore m,$memory; do
            ipcs -\${object%,*} -i \${object#*,} 2>/dev/null | grep -q \${object#*,} && echo found || echo ENOENT
        done" | tr "\n" " ")
    set -- $in
    echo "message queue made outside: found | $1 | $(found q "$queue")"
    echo "semaphore made outside: found | $2 | $(found s "$semaphore")"
    echo "shared memory made outside: found | $3 | $(found m "$memory")"
    ipcrm -q "$queue" -s "$semaphore" -m "$memory"

    count() { ipcs -$1 | grep -c "^0x"; }
    word() { if [ "$1" = 0 ]; then echo ENOENT; else echo found; fi; }
    before="$(count q) $(count s) $(count m)"
    in=$(unshare --ipc sh -c "
        ipcmk -Q >/dev/null; ipcmk -S 1 >/dev/null; ipcmk -M 4096 >/dev/null
        for kind in q s m; do ipcs -\$kind | grep -c \"^0x\"; done" | tr "\n" " ")
    set -- $before $in
    echo "message queue made inside: $(word $1) | $(word $4) | $(word "$(count q)")"
    echo "semaphore made inside: $(word $2) | $(word $5) | $(word "$(count s)")"
    echo "shared memory made inside: $(word $3) | $(word $6) | $(word "$(count m)")"

    limit=/proc/sys/kernel/msgmni
    before=$(cat $limit)
    inside=$(unshare --ipc sh -c "echo 1234 >$limit; cat $limit")
    echo "limit kernel.msgmni: $before | $inside | $(cat $limit)"

    # Signals go by process id, and do not care for IPC namespaces.
    sh -c "trap \"exit 7\" USR1; while :; do sleep 0.02; done" &
    sleep 0.1
    unshare --ipc kill -USR1 $! && sent=ok
    wait $!
    [ $? = 7 ] && got=arrived
    echo "a signal from inside to a process outside: waiting | $sent | $got"
'
