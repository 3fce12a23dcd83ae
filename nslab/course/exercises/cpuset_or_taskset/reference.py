import os

for name, pid in {"red": "@red@", "green": "@green@", "blue": "@blue@"}.items():
    before = os.sched_getaffinity(int(pid))
    os.sched_setaffinity(int(pid), range(os.cpu_count()))
    if os.sched_getaffinity(int(pid)) == before:
        print(name)
    os.sched_setaffinity(int(pid), before)
