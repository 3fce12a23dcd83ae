# not yet: no errno, as you reckoned; found an errno
# hint: Is a later filter heard
# The last filter allows the call, but it is not the only one that is asked.
case '@fifth@' in errno*) echo '@fifth@' | cut -d ' ' -f 2 ;; *) echo 0 ;; esac
