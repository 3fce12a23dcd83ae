# not yet: what database may have, from its group up: wanted @pages@ huge pages; found 0 huge pages
echo @pages@ > @file@
