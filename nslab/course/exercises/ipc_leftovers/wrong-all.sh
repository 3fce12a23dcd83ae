# not yet: the segment that the server has attached: wanted there, with a key; found removed
# What is in use is removed, too: it is only not gone yet.
@nslab@ enter ipc-leftovers.shop ipcrm --all=shm
