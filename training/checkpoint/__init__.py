"""Checkpoints in object storage: written by all ranks with torch's DCP, whole when a record says so.

    checkpoints/<step>/<attempt>/...   DCP's files: `.metadata`, and some of about 128 MiB from each rank
    checkpoints/<step>.json            written last, by rank 0: which files there are, and the step's facts

A checkpoint holds parameters that learn and optimizer state, by name and without regard to the number of ranks; the
plan needs only the step. What is frozen comes from the base model. The folder is an ordinary DCP checkpoint: copied to
a disk, torch's own tools read it.
"""
