"""Did patients fare better or worse, and do we know?"""
