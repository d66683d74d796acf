"""What the data set promises of its samples, each promise recounted from the tables behind it.

Memory is bounded by arrays over the whole set: 36 bytes a statement that a sample names, 110 a picture, 16 a sample
while ids are sorted, and while splits are recounted 200 an entity with a picture. docs/auditing.md has the sum.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from pipeline.errors import UserError
from pipeline.picture_store import PictureStore
from pipeline.progress import Progress
from pipeline.stage import StageOutput
from pipeline.storage import Storage
from pipeline.takedown import Tombstones
from pipeline.verify.answers import Answers
from pipeline.verify.arranged import unaccounted
from pipeline.verify.check import Check
from pipeline.verify.documents import Documents
from pipeline.verify.grounding import Grounding, claimed_facts
from pipeline.verify.ids import repeated
from pipeline.verify.letters import Letters
from pipeline.verify.licences import ShownPictures, licence_problems
from pipeline.verify.lookalikes import lookalikes
from pipeline.verify.protected import LeftOut
from pipeline.verify.rules import Rules
from pipeline.verify.samples import Identities, Indexed, RightOptions
from pipeline.verify.shards import UNREADABLE, RowCheck, walk
from pipeline.verify.sources import differing_concepts
from pipeline.verify.splits import crossing
from pipeline.verify.tokens import Tokens

NEEDED = ("extract", "select", "images", "judge", "arrange", "assemble")
_READ = ("extract", "select", "images", "assemble")
Outputs = Mapping[str, StageOutput]


def verify_dataset(
    outputs: Outputs, output: Storage, rules: Rules, progress: Progress | None = None
) -> Iterator[Check]:
    """The tables that samples rest on, then the samples themselves.

    Args:
        outputs: complete stages by name; nothing can be checked, and one check fails, where one is missing.
        output: the run's storage, which holds the pictures.
        rules: of the run.
        progress: told of every shard.
    """
    missing = [f"{name} is not complete" for name in NEEDED if name not in outputs]
    if missing:
        yield Check.of("the data set is complete", len(outputs), missing)
        return
    for name, problems in _of_tables(outputs, output, rules).items():
        try:
            looked_at, found = problems()
            yield Check.of(name, looked_at, found)
        except UNREADABLE as error:
            yield Check.of(name, 0, [f"cannot be checked: {error}"])
    able: list[RowCheck] = []
    for kind, make in _of_rows(outputs, rules).items():
        try:
            able.append(make())
        except (*UNREADABLE, UserError) as error:
            yield Check.of(kind.name, 0, [f"cannot be checked: {error}"])
    walk(outputs["assemble"], able, progress)
    for check in able:
        yield check.check()


def _of_tables(outputs: Outputs, output: Storage, rules: Rules) -> dict[str, Callable[[], tuple[int, Iterable[str]]]]:
    extract, select, images, assemble = (outputs[name] for name in _READ)
    return {
        "concepts have unique ids": lambda: repeated(select, "concepts", "qid"),
        "judged items are arranged or left out, and none twice": lambda: unaccounted(outputs),
        "samples have unique ids": lambda: repeated(assemble, "index", "qa_id"),
        "concepts say what their entities say": lambda: differing_concepts(extract, select),
        "pictures have licences that images.licence_families allows": lambda: licence_problems(images, rules.images),
        "pictures exist and match their sha256": lambda: _pictures(images, output),
        "nothing that belongs together is in two splits": lambda: crossing(images, select, assemble),
        "no two pictures that are alike are in two splits": lambda: lookalikes(
            images, assemble, rules.images.near_duplicate_bits
        ),
    }


def _of_rows(outputs: Outputs, rules: Rules) -> dict[type[RowCheck], Callable[[], RowCheck]]:
    extract, select, images, assemble = (outputs[name] for name in _READ)
    found: dict[type[RowCheck], Callable[[], RowCheck]] = {
        Indexed: Indexed,
        Identities: Identities,
        RightOptions: RightOptions,
        ShownPictures: lambda: ShownPictures(images),
        Grounding: lambda: Grounding(claimed_facts(extract, select, assemble)),
        Answers: lambda: Answers(select, images, rules.questions),
        Letters: Letters,
        Documents: lambda: Documents(images, assemble),
    }
    if rules.assemble.protected or rules.assemble.keep == "passing":
        found[LeftOut] = lambda: LeftOut(images, rules.assemble)
    if rules.assemble.processor is not None:
        found[Tokens] = lambda: Tokens(rules.assemble)
    return found


def _pictures(images: StageOutput, output: Storage) -> tuple[int, list[str]]:
    digests = set(images.read("images", ["sha256"]).column("sha256").to_pylist()) - Tombstones.load(output).digests
    return len(digests), PictureStore(output).problems(digests)
