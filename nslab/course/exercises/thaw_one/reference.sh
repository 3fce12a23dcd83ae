echo @freeze@ > @archive@
echo @thaw@ > @web@
echo @thaw@ > @site@
