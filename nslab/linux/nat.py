"""Translation of addresses (NAT) by a table of nftables that goes with its maker: nft(8), "flags owner", Linux 5.12."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator

from nslab.errors import Unsupported

PROGRAMS = f"{os.defpath}:/usr/sbin:/sbin:/usr/local/sbin:/usr/local/bin"
"""Debian leaves /usr/sbin out of an ordinary user's PATH."""


@contextlib.contextmanager
def translated(table: str, network: str, *, must: bool = True) -> Iterator[None]:
    """Have what a network sends leave the machine with the machine's address, for the length of the block.

    However this process ends, the table is gone with it. Raises `nslab.Unsupported`; where it need not be (`must`),
    stderr is told why it is not.
    """
    with contextlib.ExitStack() as end:
        try:
            _make(table, network, end)
        except Unsupported as e:
            if must:
                raise
            print(e.line, file=sys.stderr)
        yield


def _make(table: str, network: str, end: contextlib.ExitStack) -> None:
    program = shutil.which("nft", path=PROGRAMS)
    if program is None:
        raise Unsupported("translation of addresses (NAT)", "there is no nft", "sudo apt-get install nftables.")
    # The table is nft's, which ends when nothing more can come.
    nft = subprocess.Popen([program, "-i"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                           text=True)  # fmt: skip
    end.callback(_end, nft)
    assert nft.stdin
    assert nft.stdout
    nft.stdin.write(
        f"table ip {table} {{ flags owner; chain out {{ type nat hook postrouting priority srcnat; "
        f"ip saddr {network} ip daddr != {network} masquerade; }}; }}\nlist tables ip\n"
    )
    nft.stdin.flush()
    said = nft.stdout.readline()
    while said.startswith("table ip ") and said.strip() != f"table ip {table}":
        said = nft.stdout.readline()
    if said.strip() != f"table ip {table}":
        raise Unsupported("translation of addresses (NAT)", f"nft says {said.strip()!r}",
                          "sudo modprobe nft_masq nft_chain_nat.")  # fmt: skip


def _end(nft: subprocess.Popen[str]) -> None:
    assert nft.stdin
    assert nft.stdout
    # It has ended by itself.
    with contextlib.suppress(BrokenPipeError):
        nft.stdin.close()
    nft.wait()
    nft.stdout.close()
