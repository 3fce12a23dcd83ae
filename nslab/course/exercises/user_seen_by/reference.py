print("@inner@ @outer@ @neighbour@", open("/proc/sys/kernel/overflowuid").read().strip())
