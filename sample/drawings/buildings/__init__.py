"""Buildings and what is left of them."""
