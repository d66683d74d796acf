"""In which domain an entity of the sample is, by the classes of the sample itself."""

from __future__ import annotations

import numpy as np

from pipeline.wikidata.choice import lists
from pipeline.wikidata.choice.classes import ClassTree, class_tree
from sample.tables import Entity, Sample


def class_tree_of(sample: Sample) -> ClassTree:
    edges = [
        (int(entity.id[1:]), int(item[1:]))
        for entity in sample.entities.values()
        for prop, item in entity.items()
        if prop == "P279"
    ]
    subclass, superclass = np.array(edges, np.int64).T
    return class_tree(subclass, superclass, lists.roots(), 10, lists.stops())


def domain_of(entity: Entity, tree: ClassTree) -> str | None:
    classes = [int(item[1:]) for wanted in ("P31", "P279") for prop, item in entity.items() if prop == wanted]
    placed = tree.place(classes)
    return None if placed is None else placed[0]
