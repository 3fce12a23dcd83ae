with open("@job_file@", "w") as f:
    f.write("@freeze@")
