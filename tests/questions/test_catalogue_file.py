from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import ConfigError
from pipeline.questions.catalogue_file import read_yaml

TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=12)


def _written(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "family.yaml"
    path.write_bytes(content)
    return path


def test_words_that_yaml_would_turn_into_something_else_stay_words(tmp_path: Path) -> None:
    written = b"no: yes\non: off\nday: 2026-01-05\nratio: 1.5\nnull_like: ~\nnumber: 12\nold: 0123456789\n"
    assert read_yaml(_written(tmp_path, written)) == {
        "no": "yes", "on": "off", "day": "2026-01-05", "ratio": "1.5", "null_like": None, "number": 12,
        "old": "0123456789",
    }  # fmt: skip


@given(st.dictionaries(TEXT.filter(lambda text: text != "<<"), TEXT, max_size=4))
def test_what_a_careful_writer_quotes_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, data: dict[str, str]
) -> None:
    path = tmp_path_factory.mktemp("yaml") / "family.yaml"
    path.write_text(yaml.safe_dump(data, default_style='"', allow_unicode=False), encoding="utf-8")
    assert read_yaml(path) == data


def test_text_is_in_nfc(tmp_path: Path) -> None:
    assert read_yaml(_written(tmp_path, "text: e\u0301\n".encode())) == {"text": "\u00e9"}


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"a: 1\nb:\n  c: 1\n  c: 2\n", "line 4: 'c' is written twice"),
        (b"a: 1\n'a': 2\n", "line 2: 'a' is written twice"),
        (b"a: 1\nb: [1\nc: 2\n", "line 3: "),
        (b"a: 1\n? [x, y]\n: 2\n", "line 2: a list or mapping stands as a key"),
        (b"a: !!python/object/apply:os.getcwd []\n", "line 1: could not determine a constructor"),
        (b"a: \x00\n", "control characters are not allowed"),
        (b"a: \xff\n", "cannot be read as UTF-8 text"),
        (b"- a\n- b\n", "holds no mapping"),
        (b"", "holds no mapping"),
    ],
)
def test_what_is_not_a_plain_mapping_is_refused_with_its_place(tmp_path: Path, content: bytes, expected: str) -> None:
    path = _written(tmp_path, content)
    with pytest.raises(ConfigError) as caught:
        read_yaml(path)
    assert str(caught.value).startswith(str(path))
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"absent\.yaml: cannot be read"):
        read_yaml(tmp_path / "absent.yaml")
