# not yet: your answer: wanted a number of percent, at most 100; found a third
echo a third
