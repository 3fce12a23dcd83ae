with open("@file@", "w") as f:
    f.write("@limit@M")
