"""A few entities without a dump: what a SPARQL service knows of them, written down as a small dump."""
