# not begun: cgroup namespaces than the machine's see: wanted @agent@; found
# A sandbox's name is for `nslab ps`: it is no host name.
import nslab

agent = nslab.Sandbox(cgroup=True, name="@agent@")
