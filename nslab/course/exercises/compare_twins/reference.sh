@nslab@ compare @first@ @second@ --json | sed -n 's/.*"fact": "\([a-z_]*\)".*/\1/p' | head -1
