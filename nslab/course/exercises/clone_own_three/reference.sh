@unshare@ @options@ --pid --fork sleep @seconds@ &
