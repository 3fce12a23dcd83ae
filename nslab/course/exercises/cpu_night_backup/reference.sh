echo "@none@" > @backup@/@quota@
echo 100 > @backup@/@weight@
echo @times@00 > @shop@/@weight@
