"""What scores of items show: averages, comparisons, and how small a difference they can tell."""
