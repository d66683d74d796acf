"""What changed between two runs: settings, concepts, pictures, items and models, read from complete stages.

Memory is bounded: concepts and pictures are compared as arrays, items by parts of their ids (`items.py`).
"""
