@nslab@ enter uts-root-refused.outer hostname @new@
