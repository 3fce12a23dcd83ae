print(min(@bytes@, @block@ * @operations@))
