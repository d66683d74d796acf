"""Decontamination: what benchmarks and held-out splits hold, and which items of ours overlap with it.

protected = [load_protected(uri) for uri in config.protected]
found = overlaps(groups, phashes, protected)  # {qa_id: Overlap}; `.reason` is what is counted
overlap_report(tallies, protected)  # of `tally(found, groups)` of every partition
"""
