# not yet: wanted @times@ times as much; found 0.
# More parts for the backup is more CPU time for the backup.
echo "@none@" > @backup@/@quota@
echo 100 > @shop@/@weight@
echo @times@00 > @backup@/@weight@
