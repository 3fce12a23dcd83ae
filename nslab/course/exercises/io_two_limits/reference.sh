by_operations=$((@block@ * @operations@))
if [ $by_operations -lt @bytes@ ]; then echo $by_operations; else echo @bytes@; fi
