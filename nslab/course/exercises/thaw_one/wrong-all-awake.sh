# not yet: the process archive: wanted frozen; found running
echo @thaw@ > @site@
echo @thaw@ > @web@
