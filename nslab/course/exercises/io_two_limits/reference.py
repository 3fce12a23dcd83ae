print(min(int("@bytes@"), int("@block@") * int("@operations@")))
