import nslab

agent = nslab.Sandbox(cgroup=True, uts=True, hostname="@agent@")
