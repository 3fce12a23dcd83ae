# not yet: the interface that you named: wanted one of net-which-port.room; found eth0
# That is the name of the near end.
echo eth0
