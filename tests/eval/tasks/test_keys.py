"""What of a benchmark must not be taught."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from eval.tasks.keys import BenchmarkKeys, Key
from eval.tasks.listing import TASKS
from tests.eval.tasks.copies import FILES, write_copy


def _keys(name: str, folder: Path, **changed: object) -> list[Key]:
    write_copy(name, folder, **changed)
    keys = BenchmarkKeys(lambda picture: Image.open(io.BytesIO(picture)).getpixel((0, 0))[0])
    keys.add(TASKS[name].read(folder))
    return keys.rows()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("cvqa", {Key(phash=1), Key(question="මේ කුමක්ද?", language="si")}),
        ("maxm", {Key(phash=5)} | {
            Key(question="Qu'est-ce que c'est ?", language="fr", answer=answer) for answer in ("pain", "du pain")
        }),
        ("xm100", {Key(phash=4)}),
        ("merlin", {Key(qid=183536), Key(phash=8)}),
        ("alm_bench", {
            Key(phash=7),
            Key(question="איזו מנה זו?", language="iw", answer="שקשוקה"),
            Key(question="What dish is this?", language="en", answer="Shakshuka"),
        }),
        ("marvl", {
            Key(phash=2),
            Key(question="Kuna madawati mawili.", language="sw"),
            Key(question="Kuna mbwa.", language="sw"),
        }),
    ],
)  # fmt: skip
def test_entities_pictures_and_questions(name: str, expected: set[Key], tmp_path: Path) -> None:
    found = _keys(name, tmp_path)
    assert set(found) == expected
    assert len(found) == len(expected)


def test_a_language_that_is_not_taught_protects_its_pictures_only(tmp_path: Path) -> None:
    assert _keys("cvqa", tmp_path, Subset="('Breton', 'France')") == [Key(phash=1)]


def test_joined_pictures_are_hashed_as_one_and_apart(tmp_path: Path) -> None:
    joined = Image.new("RGB", (20, 6), (200, 0, 0))
    joined.paste((9, 0, 0), (10, 0, 20, 6))
    file = io.BytesIO()
    joined.save(file, "PNG")
    sizes = []
    write_copy("marvl", tmp_path, image={"bytes": file.getvalue(), "path": None})
    keys = BenchmarkKeys(lambda picture: sizes.append(Image.open(io.BytesIO(picture)).size))
    keys.add(TASKS["marvl"].read(tmp_path))
    assert sizes[:3] == [(20, 6), (10, 6), (10, 6)]
    assert keys.num_unhashed == len(sizes) == 6
    assert not [key for key in keys.rows() if key.phash is not None]


@pytest.mark.parametrize("name", FILES)
def test_the_order_of_items_and_their_number_change_nothing(name: str, tmp_path: Path) -> None:
    write_copy(name, tmp_path)
    items = list(TASKS[name].read(tmp_path))
    once, often = BenchmarkKeys(len), BenchmarkKeys(len)
    once.add(items)
    often.add([*reversed(items), *items])
    assert once.rows() == often.rows()
