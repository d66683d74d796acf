"""A finished export, brought to where others get it: a bucket, or a repository of a hub."""
