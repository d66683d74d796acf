"""What is told of the data set: statistics, funnel, balance, plots, card and Croissant metadata."""
