"""The pages on benchmarks: rows of scores in, one HTML page and its twin in Markdown out."""
