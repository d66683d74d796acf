"""The plots of the data set's card, each a PNG file whose bytes depend on the numbers alone."""
