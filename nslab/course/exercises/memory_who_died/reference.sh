file=$(grep -l '^@kills_key@ [1-9]' @kills@)
directory=${file%/*}
echo "${directory##*/}"
