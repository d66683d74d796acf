"""One file a benchmark: where its items are, how they are asked, how replies are scored."""
