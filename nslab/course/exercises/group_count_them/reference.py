script, workers, programs = 1, int("@late@"), int("@each@")
print(script + workers + workers * programs)
