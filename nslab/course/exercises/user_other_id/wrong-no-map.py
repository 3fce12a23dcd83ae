# not yet: in its own user namespace: wanted @uid@; found 65534
# With an empty map no id is translated.
import nslab

box = nslab.Sandbox(user=True, uid_map=[], gid_map=[])
