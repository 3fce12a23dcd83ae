for file, limit in (("@jobs@", "@pot@M"), ("@tenant@", "@pot@M")):
    with open(file, "w") as f:
        f.write(limit)
