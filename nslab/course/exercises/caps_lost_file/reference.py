import nslab
from nslab.linux import filecaps, ns

def give_back(pid):
    ns.setns(ns.pidfd_open(pid), nslab.CLONE_NEWUSER | nslab.CLONE_NEWNS)
    filecaps.give("/mnt/@program@", ["@capability@"])

nslab.clone(give_back, args=[int("@pid@")]).result()
