"""The report of a run: plain rows in, one self-contained HTML page out."""
