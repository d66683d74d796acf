"""Which entities of a dump are cultural, and of which country: rules, and beside them in .tsv files what they go by."""
