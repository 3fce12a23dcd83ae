# not yet: other calls that are refused: wanted none; found @other@
# One call more than was asked for.
from nslab.linux import filters

with open("@file@", "wb") as file:
    file.write(filters.program({"@call@": "@says@", "@other@": "@says@"}))
