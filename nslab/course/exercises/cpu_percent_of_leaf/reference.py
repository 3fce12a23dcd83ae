def parts(path):
    with open(path) as file:
        return int(file.read())


north, south, anna, ben = map(parts, ("@north@", "@south@", "@anna@", "@ben@"))
print(100 * south / (north + south) * anna / (anna + ben))
