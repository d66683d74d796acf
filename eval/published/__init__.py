"""Figures that others have published, as data with their sources."""
