# not yet: your answer: wanted a whole number; found
echo many
