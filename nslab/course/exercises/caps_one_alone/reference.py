import os

import nslab
from nslab.linux import capsets

def alone():
    capsets.bound(["@capability@"])
    capsets.keep_only(["@capability@"])
    os.execvp("sleep", ["sleep", "@seconds@"])

started = nslab.clone(alone, nslab.CLONE_NEWUSER)
