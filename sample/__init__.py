"""The embedded input of the debug run: reviewed tables, drawings made by a script, and a Commons that serves them."""
