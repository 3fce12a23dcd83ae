from nslab.linux import filters

with open("@file@", "wb") as file:
    file.write(filters.program({"@call@": "@says@"}))
