# not begun: wanted @percent@ % of one CPU; found no quota
# The file does not take percents: less than 1000 microseconds are refused (EINVAL).
echo @percent@ > @quota_file@
