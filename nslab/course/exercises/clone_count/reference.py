forks, threads = int("@forks@"), int("@threads@")
print(2**forks * (1 + threads))
