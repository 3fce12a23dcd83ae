import os

for file in "@kills@".split():
    count = next(line.split()[1] for line in open(file) if line.startswith("@kills_key@ "))
    if int(count) > 0:
        print(os.path.basename(os.path.dirname(file)).removeprefix("memory-who-died-"))
