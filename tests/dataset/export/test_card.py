"""The card and its documents in an export: plots come along, metadata tell of the files that are there."""

from __future__ import annotations

import json
import re
from pathlib import Path

import mlcroissant
import pytest
from huggingface_hub import DatasetCard

from pipeline.dataset.export.form import Form
from pipeline.dataset.export.hub import Hub
from pipeline.dataset.export.llava import Llava
from pipeline.dataset.export.run import export
from pipeline.schema import SPLITS
from pipeline.storage import open_storage
from tests.dataset.describe.made import Made, make


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return make(open_storage(str(tmp_path_factory.mktemp("exported") / "run")))


def folder(made: Made, form: Form, to: Path) -> Path:
    export(made.output, "made-up", form, SPLITS, open_storage(str(to)))
    return to


def test_every_link_of_the_readme_leads_somewhere_and_columns_stand_once(made: Made, tmp_path: Path) -> None:
    for form in (Hub(), Llava()):
        to = folder(made, form, tmp_path / form.name)
        text = (to / "README.md").read_text()
        linked = {link for link in re.findall(r"\]\(([^)]+)\)", text) if "://" not in link}
        assert len(linked) >= 10
        assert all((to / link).is_file() for link in linked)
        listed = {file["path"] for file in json.loads((to / "manifest.json").read_bytes())["documents"]}
        assert linked < listed, "and are checked with the rest"
        assert "## Fields" not in text
        assert text.count("| `attribution` | string |") == 1
        for heading in ("## Composition", "## Known limits", "## How to cite", "## How to load", "## Columns"):
            assert text.count(f"\n{heading}\n") == 1


def test_a_hub_reads_configs_and_the_rest_of_the_front_matter(made: Made, tmp_path: Path) -> None:
    data = DatasetCard((folder(made, Hub(), tmp_path / "out") / "README.md").read_text()).data.to_dict()
    assert [config["config_name"] for config in data["configs"]] == ["pictures", "questions"]
    assert (data["license"], data["size_categories"]) == ("other", ["n<1K"])


def test_croissant_leads_to_every_row_of_the_exported_files(made: Made, tmp_path: Path) -> None:
    to = folder(made, Hub(), tmp_path / "out")
    dataset = mlcroissant.Dataset(to / "croissant.json")
    assert not dataset.metadata.issues.errors
    rows = made.output.read("shards").to_pylist()
    items = {item["qa_id"]: item for row in rows for item in row["items"]}
    found = list(dataset.records("questions"))
    assert {record["questions/qa_id"] for record in found} == items.keys()
    for record in found:
        item = items[record["questions/qa_id"]]
        assert record["questions/question"].decode() == item["question"]
        assert [each.decode() for each in record["questions/statement_ids"]] == item["statement_ids"]
    sizes = {(row["qid"], row["width"], row["height"]) for row in rows}
    pictures = list(dataset.records("pictures"))
    assert {(each["pictures/qid"], *each["pictures/image"].size) for each in pictures} == sizes
    named = {node["contentUrl"] for node in json.loads((to / "croissant.json").read_bytes())["distribution"]
             if node["@type"] == "cr:FileObject"}  # fmt: skip
    assert named == {str(path.relative_to(to)) for path in to.rglob("*/*.parquet")}


def test_a_form_that_its_readers_do_not_read_has_none(made: Made, tmp_path: Path) -> None:
    assert not (folder(made, Llava(), tmp_path / "out") / "croissant.json").exists()
