"""Recounts a run from storage: believes no record that it has not compared with the bytes, and no row by its word.

`stages.py` checks files and counts of any stage, `dataset.py` what the data set promises of its samples.
"""
