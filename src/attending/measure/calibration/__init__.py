"""Are its risks right?"""
