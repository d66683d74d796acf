"""Things made by hand."""
