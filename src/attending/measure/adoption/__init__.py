"""Is it used, and does anything change because of it?"""
