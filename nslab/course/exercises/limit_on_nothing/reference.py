for file, text in (("@backup_wbps@", "@wbps_line@"), ("@procs@", "@pid@")):
    with open(file, "w") as f:
        f.write(text)
