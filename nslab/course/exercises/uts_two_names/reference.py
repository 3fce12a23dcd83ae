import nslab

first = nslab.Sandbox(uts=True, hostname="@first@")
second = nslab.Sandbox(uts=True, hostname="@second@")
