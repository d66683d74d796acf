"""Dump files: bytes of any compression, cut anywhere, to whole lines that come exactly once. Knows no entities."""
