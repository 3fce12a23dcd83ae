# not yet: the limit of tenant: wanted at most @pot@ MiB; found no limit
echo @none@ > @tenant@
echo @none@ > @jobs@
