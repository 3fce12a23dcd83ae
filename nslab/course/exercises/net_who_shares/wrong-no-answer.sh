# not begun: your answer: wanted the name of a sandbox; found none
@nslab@ ps >/dev/null
