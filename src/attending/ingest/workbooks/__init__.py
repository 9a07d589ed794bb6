"""Kinds of workbook an inventory may come in, one to a file."""
