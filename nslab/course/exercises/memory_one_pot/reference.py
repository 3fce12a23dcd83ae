for file, limit in (("@shop_limit@", "@pot@M"), ("@web_limit@", "@none@"), ("@db_limit@", "@none@")):
    with open(file, "w") as f:
        f.write(limit)
