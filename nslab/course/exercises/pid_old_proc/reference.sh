@nslab@ enter pid-old-proc.web mount -t proc proc /proc
