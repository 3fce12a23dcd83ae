for run in first second; do
    @unshare@ --ipc perl -e 'msgget(@key@, 01600) // die $!; sleep 600' $run &
done
