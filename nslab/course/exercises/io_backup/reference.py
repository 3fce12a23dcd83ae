with open("@write_file@", "w") as f:
    f.write("@write_line@")
