import nslab

print(nslab.exercise("kept-name").run("shelf", "nsenter --uts=/srv/kept/@which@ uname -n"))
