"""The terminal's door: one verb per file."""


def main() -> None:
    """Open the door."""
