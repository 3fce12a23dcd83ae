cd @directory@ || exit 1
echo a > devices.deny
echo 'c 1:3 rw' > devices.allow
echo 'c 1:@minor@ rw' > devices.allow
