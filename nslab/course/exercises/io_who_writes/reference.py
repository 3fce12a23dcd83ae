import re

most, who = -1, ""
for directory in "@directories@".split():
    with open(directory + "/@file@") as f:
        found = re.search(r"^@device@ .*?@written@[= ](\d+)", f.read(), re.MULTILINE)
    if found and int(found[1]) > most:
        most, who = int(found[1]), directory.rpartition("/")[2]
print(who)
