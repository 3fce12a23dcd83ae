# not yet: hears: wanted @says@; found nothing
# Whoever makes the call is ended, and hears nothing.
from nslab.linux import filters

with open("@file@", "wb") as file:
    file.write(filters.program({"@call@": "kill"}))
