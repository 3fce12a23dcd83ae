# not yet: wanted those of its own pid namespace; found those of the host's namespace
# It joins the mount namespace alone, so whoever mounts is still in the host's pid namespace. (An ordinary user is refused.)
nsenter --target @web@@user@ --mount mount -t proc proc /proc
