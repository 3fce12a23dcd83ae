# not yet: the process monitor: wanted running; found frozen
echo @freeze@ > @stack_file@
