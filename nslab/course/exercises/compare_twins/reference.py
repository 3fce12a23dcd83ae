import nslab

print(nslab.compare(@first@, @second@).only().lines[0].fact)
