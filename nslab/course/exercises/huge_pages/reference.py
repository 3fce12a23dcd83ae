with open("@file@", "w") as f:
    f.write(str(int("@pages@") * int("@size@") * 1024))
