for file, text in (("@archive@", "@freeze@"), ("@web@", "@thaw@"), ("@site@", "@thaw@")):
    with open(file, "w") as f:
        f.write(text)
