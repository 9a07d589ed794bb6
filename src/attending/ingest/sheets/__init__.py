"""Sheets that people keep: the inventory of tools, a proposal."""
