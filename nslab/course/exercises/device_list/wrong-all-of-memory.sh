# not yet: other devices: wanted none; found /dev/
# All that have the major number 1.
cd @directory@ || exit 1
echo a > devices.deny
echo 'c 1:* rw' > devices.allow
