"""Questions that are alike, within an entity and across entities; docs/decisions/0023-alike-questions.md.

Two stages, since an entity's items lie in one file and those of all entities do not. `compare_within` finds what goes
within an entity and leaves the signatures of the rest, sorted by bucket; `compare_across` reads a range of buckets from
all of these. All items of a bucket are compared in one place; which buckets are together changes nothing.
"""
