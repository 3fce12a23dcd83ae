# not yet: the service that you named: wanted one of
echo 137
