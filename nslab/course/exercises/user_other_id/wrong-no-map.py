# not begun: wanted uid @uid@, gid @gid@; found
# With an empty map no id is translated.
import nslab

box = nslab.Sandbox(user=True, uid_map=[], gid_map=[])
