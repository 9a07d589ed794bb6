"""Every AI in a hospital works under supervision."""

__version__ = "26.11.0"
