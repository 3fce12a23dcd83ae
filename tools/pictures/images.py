"""The picture of lesson 18."""

from __future__ import annotations

from tools.pictures.draw import NORMAL, SMALL, Picture, picture


@picture("18-layers", "An image below a container's own layer", 560)
def layers(p: Picture) -> None:
    """Three layers. The lower two are the image: one has motd, passwd and big, the other a newer motd. The upper one is
    the container's: a copy of big, and a whiteout where passwd is. Below stands what the container sees: the newer
    motd, the copy of big, and no passwd.
    """
    columns = {"motd": 440, "passwd": 625, "big": 810}
    rows = [
        (100, "orange", "upper layer", "the container's", {"passwd": "whiteout", "big": "big"}),
        (210, "blue", "lower layer", "the image's", {"motd": "motd"}),
        (320, "blue", "lower layer", "the image's", {"motd": "motd", "passwd": "passwd", "big": "big"}),
    ]
    for y, colour, label, whose, there in rows:
        p.box(40, y, 880, 92, colour)
        p.text(64, y + 30, label, NORMAL, colour, bold=True, anchor="start")
        p.text(64, y + 64, whose, SMALL, anchor="start")
        for name, words in there.items():
            p.chip(columns[name], y + 46, words, 150, "orange" if colour == "orange" else "blue", SMALL)
    p.text(64, 490, "what it sees", NORMAL, bold=True, anchor="start")
    for name, words in (("motd", "motd"), ("big", "big")):
        p.chip(columns[name], 490, words, 150, "ink", SMALL)
    p.text(columns["passwd"], 490, "absent", NORMAL, "soft")
