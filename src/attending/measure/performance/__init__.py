"""Does it tell apart those it should?"""
