"""Measurements against named peers, one script a claim; `claims.py` says how they are stated."""
