"""Questions that are alike, within an entity and across entities; docs/decisions/0023-alike-questions.md.

Pure parts of two passes. The first turns the items of a partition into `signature.SIGNATURES`, sorted by bucket:

    rows = signatures(groups, picture_groups)

The second reads a range of buckets from all of these, for one scope after the other, and says what goes:

    first = alike_items(rows_of("entity"), keep=2, threshold=THRESHOLD)
    then = alike_items(without(rows_of("across"), first), keep=1, threshold=THRESHOLD)

All rows of a bucket must be in one call; which buckets are together changes nothing. A bucket holds items of one
language only.
"""
