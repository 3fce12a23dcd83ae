import nslab

task = nslab.exercise("uts-same-name")
task.run("web", "hostname renamed")
for role in ("db", "cache", "mail"):
    if task.run(role, "hostname").stdout.strip() == "renamed":
        print(role)
