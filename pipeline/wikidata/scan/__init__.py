"""The lines of a dump to columns of labels and edges, compiled. Knows the layout of a line, and no Arrow."""
