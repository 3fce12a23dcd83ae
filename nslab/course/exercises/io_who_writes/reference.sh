# v1 has a line "7:0 Write 4194304", v2 "7:0 rbytes=0 wbytes=4194304 …".
for directory in @directories@; do
    bytes=$(grep '^@device@ ' "$directory/@file@" | grep -oE '@written@[= ][0-9]+' | grep -oE '[0-9]+')
    echo "${bytes:-0} ${directory##*/}"
done | sort -n | tail -n 1 | cut -d ' ' -f 2
