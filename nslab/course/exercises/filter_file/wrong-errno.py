# not yet: hears: wanted @says@; found @otherwise@
# Refused, with another word, which programs take for something else.
from nslab.linux import filters

with open("@file@", "wb") as file:
    file.write(filters.program({"@call@": "@otherwise@"}))
