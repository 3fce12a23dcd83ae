def room(directory):
    with open(directory + "/pids.max") as most, open(directory + "/pids.current") as current:
        return int(most.read()) - int(current.read())


print(min(room("@service@"), room("@team@")))
