echo $((1 + @late@ + @late@ * @each@))
