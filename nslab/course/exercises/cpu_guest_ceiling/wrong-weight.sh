# not begun: wanted @percent@ % of one CPU; found no quota
# A share gives way to others. Alone on the CPU the guest has all of it.
echo @percent@ > @weight_file@
