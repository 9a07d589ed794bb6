"""A Seismometer directory: what it declares, and its events laid beside its predictions."""
