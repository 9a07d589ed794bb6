"""Draw specifications as SVG: a process of its own, which the console starts and may end.

The library holds the interpreter's lock while it draws, and would fetch whatever address
a specification holds. So it runs here, apart, with no address allowed. One JSON document
per line comes in, one goes out.
"""

from __future__ import annotations

import sys

import msgspec
import vl_convert


def drawn(line: bytes) -> bytes:
    """Draw one specification; say why where it cannot be drawn."""
    try:
        svg = vl_convert.vegalite_to_svg(msgspec.json.decode(line), allowed_base_urls=[])
    except ValueError as error:
        return msgspec.json.encode({"refused": str(error)[:500]})
    return msgspec.json.encode({"svg": svg})


def main() -> None:
    """Draw until nobody asks any more."""
    for line in sys.stdin.buffer:
        sys.stdout.buffer.write(drawn(line) + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
