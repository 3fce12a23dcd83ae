import nslab

print(nslab.compare(int("@first@"), int("@second@")).only().lines[0].fact)
