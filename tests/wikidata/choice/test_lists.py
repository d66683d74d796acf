from __future__ import annotations

import csv
import re
from difflib import SequenceMatcher
from pathlib import Path

import pytest

from pipeline import vocabulary
from pipeline.errors import ConfigError
from pipeline.wikidata.choice import lists
from tests.kit.real_input import ABSENT, SHARED

# Other words for the same thing, or a label in another language.
SYNONYMS = {"woodwind instrument", "religion", "Sufi lodge", "historic grouping"}


@pytest.fixture
def own_lists(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to write lists into, read afresh."""
    monkeypatch.setattr(lists, "_HERE", tmp_path)
    cached = (lists.roots, lists.occupations, lists.stops, lists.nature_designations, lists.country_items)
    for function in cached:
        monkeypatch.setattr(lists, function.__name__, function.__wrapped__)
    return tmp_path


def test_every_domain_but_that_of_people_has_classes_and_none_has_anothers() -> None:
    roots = lists.roots()
    assert list(roots) == list(vocabulary.domains())
    assert [domain for domain, classes in roots.items() if not classes] == ["figure"]
    everything = [qid for classes in roots.values() for qid in classes]
    assert len(everything) == len(set(everything))


def test_no_root_is_a_stop_and_no_occupation_is_of_two_kinds() -> None:
    assert not lists.stops() & {qid for classes in lists.roots().values() for qid in classes}
    trades = lists.occupations()
    assert trades.weak < set(trades.cultural)
    assert not set(trades.cultural) & trades.other


def test_each_of_the_42_stands_for_itself_and_no_former_state_for_several() -> None:
    items = lists.country_items()
    for key, country in vocabulary.countries().items():
        assert items[country.qid] == key
    assert set(items.values()) == set(vocabulary.countries())


def test_the_digest_changes_with_a_list(own_lists: Path) -> None:
    for name in lists.FILES:
        (own_lists / name).write_text("qid\n", encoding="utf-8")
    before = lists.digests.__wrapped__()
    (own_lists / lists.FILES[0]).write_text("qid\n1\n", encoding="utf-8")
    after = lists.digests.__wrapped__()
    assert [name for name in lists.FILES if before[name] != after[name]] == ["classes.tsv"]


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ("food\t12\tsoup\tx\nfood\t12\tsoup\tx", "line 3: Q12 stands there twice"),
        ("food\tQ12\tsoup\tx", "line 2: 'Q12' is not the number of an item"),
        ("foods\t12\tsoup\tx", "line 2: domain 'foods'; allowed: food, drink"),
        ("food", "line 2: None is not the number of an item"),
    ],
    ids=["twice", "no_number", "no_domain", "cut_off"],
)
def test_a_wrong_row_is_named(own_lists: Path, rows: str, says: str) -> None:
    (own_lists / "classes.tsv").write_text(f"domain\tqid\tlabel\tsource\n{rows}\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"classes\.tsv") as caught:
        lists.roots()
    assert says in str(caught.value)


@pytest.mark.skipif(not SHARED.is_dir(), reason=ABSENT)
def test_an_id_is_that_of_its_label() -> None:
    """Where confirmed facts name an item that a list names too, the names are alike."""
    names: dict[str, set[str]] = {}
    with (SHARED / "facts" / "entities.tsv").open(encoding="utf-8", newline="") as file:
        for fact in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            classes = (one.partition(":") for one in fact["p31"].split(";"))
            for qid, name in ((fact["qid"], fact["en_label"]), *((qid, name) for qid, _, name in classes)):
                if name and name != qid:
                    names.setdefault(qid, set()).add(name.lower())
    compared = 0
    for row in (row for name in lists.FILES for row in lists._rows(name)):
        known = names.get(f"Q{row['qid']}")
        if known and row["label"] not in SYNONYMS:
            compared += 1
            assert any(_is_alike(row["label"].lower(), name) for name in known), (row, known)
    assert compared > 500


def _is_alike(one: str, other: str) -> bool:
    words, others = (set(re.findall(r"\w+", name)) for name in (one, other))
    return bool(words & others) or SequenceMatcher(None, one, other).ratio() > 0.5
