echo @pot@M > @tenant@
echo @none@ > @jobs@
