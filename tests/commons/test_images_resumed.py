"""What was fetched is not fetched again: after a kill at any moment, by another stage, or for other settings."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from pipeline.commons.images import ImagesStage
from pipeline.commons.settings import Images
from pipeline.picture_store import FOLDER
from pipeline.storage import Storage
from tests.commons.conftest import Serve, free, many
from tests.commons.pictures import clouds, encoded
from tests.commons.test_images import Run, concept, quarantined, rows
from tests.kit.commons import name_of
from tests.kit.fused_storage import Fuse, FusedStorage, Killed

CONNECTIONS = 2


def fetched(run: Run, before: int) -> Counter[str]:
    """How often each file was asked for after so many requests; the API's own address has no name."""
    return Counter(name for request in run.server.requests[before:] if (name := name_of(request)))


def packs(run: Run) -> dict[str, bytes]:
    return {info.path: run.output.read(info.path) for info in run.output.list(f"{FOLDER}/")}


def onto(run: Run, output: Storage) -> None:
    """Let the stage work on this storage."""
    run.output, run.stage = output, ImagesStage(run.stage.config, output)


@pytest.mark.parametrize("share", [0.1, 0.15, 0.25, 0.35, 0.5, 0.65, 0.8, 0.95])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_run_killed_at_any_moment_fetches_nothing_twice_but_what_was_in_hand(
    serve: Serve, tmp_path: Path, share: float, after: bool
) -> None:
    server = serve([*many(20), free("Tiny.jpg", encoded(clouds(8, 8)))])
    concepts = [concept(n, f"Photo {n}.jpg") for n in range(20)] + [concept(20, "Tiny.jpg")]
    settings = {"connections": CONNECTIONS, "rows_per_partition": 8}
    undisturbed = Run(tmp_path / "undisturbed", server, concepts, **settings)
    fuse = Fuse()
    onto(undisturbed, FusedStorage(undisturbed.output, fuse))
    expected = rows(undisturbed())
    before = len(server.requests)

    run = Run(tmp_path / "killed", server, concepts, **settings)
    whole = run.output
    onto(run, FusedStorage(whole, Fuse(int(share * len(fuse.operations)), after)))
    killed: BaseException | None = None
    try:
        run()
    except BaseException as error:  # noqa: BLE001 - a kill may come wrapped in a group
        killed = error
    # Pictures that are stored together are so many operations less: a late fuse may outlast the run.
    assert killed is not None or share > 0.5
    while isinstance(killed, BaseExceptionGroup):
        killed = killed.exceptions[0]
    assert killed is None or isinstance(killed, Killed)

    onto(run, whole)
    for info in list(run.directory.list("lease")):
        run.directory.delete(info.path)  # so long that it counts as dead has passed
    assert rows(run()) == expected
    twice = {name: times for name, times in fetched(run, before).items() if times > 1}
    assert len(twice) <= 2 * CONNECTIONS
    assert set(twice.values()) <= {2}
    assert packs(run) == packs(undisturbed)


def test_another_stage_with_the_same_pictures_fetches_none(serve: Serve, tmp_path: Path) -> None:
    server = serve(
        [*many(4), free("Tiny.jpg", encoded(clouds(8, 8))), free("Half.jpg", encoded(clouds(100, 80))[:900])]
    )
    concepts = [concept(n, f"Photo {n}.jpg") for n in range(4)] + [concept(8, "Tiny.jpg"), concept(9, "Half.jpg")]
    first = Run(tmp_path, server, concepts)
    expected = rows(first())
    before = len(server.requests)
    # Other licences would be taken: another result, made of the same files.
    second = Run(tmp_path, server, concepts, licence_families=("cc0", "pd", "cc-by", "cc-by-sa", "fal"))
    output = second()
    assert second.directory.uri != first.directory.uri
    assert rows(output) == expected
    assert quarantined(output) == {"Q8 Tiny.jpg": "too_small", "Q9 Half.jpg": "truncated"}
    # What came in half may come whole another time.
    assert fetched(second, before) == {"Half.jpg": 1}


def test_a_new_revision_or_another_size_is_fetched(serve: Serve, tmp_path: Path) -> None:
    server = serve(many(2))
    concepts = [concept(n, f"Photo {n}.jpg") for n in range(2)]
    Run(tmp_path, server, concepts)()
    before = len(server.requests)
    larger = Run(tmp_path, server, concepts, max_side_px=90)
    assert {max(row["width"], row["height"]) for row in rows(larger())} == {90}
    assert fetched(larger, before) == {"Photo 0.jpg": 1, "Photo 1.jpg": 1}


def test_pictures_are_kept_no_larger_than_what_is_fetched() -> None:
    with pytest.raises(ValueError, match="max_side_px: 360 is more than the 250 of thumbnail_px"):
        Images(thumbnail_px=250)
