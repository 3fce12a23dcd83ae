# not yet: wanted @percent@ % of one CPU; found @percent@0 % of one CPU
# So many microseconds of a second; but the period is a tenth of a second.
echo @percent@0000 > @quota_file@
