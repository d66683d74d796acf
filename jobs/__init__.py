"""What `ray job submit` and the command line run."""
