import errno
import os

import nslab
from nslab.linux import capsets, filters


def filter_that(says):
    action, _, number = says.partition(" ")
    return filters.one_call("uname", filters.number_of(errno.errorcode[int(number)] if number else action))


def heard():
    whole = [filter_that(says) for says in ["@first@", "@second@", "@third@", "@fourth@", "@fifth@"]]
    capsets.set_no_new_privs()
    for each in whole:
        filters.install(each)
    try:
        os.uname()
    except OSError as e:
        return e.errno
    return 0


print(nslab.clone(heard).result())
