# not yet: wanted @agent@; found
# A sandbox's name is for `nslab ps`: it is no host name.
import nslab

agent = nslab.Sandbox(cgroup=True, name="@agent@")
