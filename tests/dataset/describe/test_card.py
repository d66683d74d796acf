"""The card as a hub reads it, and as a person does: valid front matter, no dead link, no broken table, no untruth."""

from __future__ import annotations

import json
import re
from pathlib import Path

from huggingface_hub import DatasetCard

from pipeline import vocabulary
from pipeline.dataset.describe.card import cell
from pipeline.review.acceptance import Acceptance, Reviewed, Share
from pipeline.storage import open_storage
from tests.dataset.describe.made import Made, make


def text(made: Made) -> str:
    return made.output.directory.read("documents/README.md").decode()


def paths(made: Made) -> set[str]:
    return {document.path.removeprefix("documents/") for document in made.output.manifest.documents}


def test_the_front_matter_is_what_a_hub_takes(made: Made) -> None:
    card = DatasetCard(text(made))
    data = card.data.to_dict()
    assert data["pretty_name"] == "made-up"
    assert data["language"] == ["ar", "en", "he", "nb", "sw", "zh"], "codes of ISO 639, not the data set's own"
    assert (data["license"], data["license_link"]) == ("other", "attribution.html")
    assert data["license_link"] in paths(made)
    assert data["size_categories"] == ["n<1K"]
    assert data["task_categories"] == ["visual-question-answering", "image-text-to-text"]
    assert "configs" not in data
    assert card.text.lstrip().startswith("# made-up")


def test_every_plot_is_shown_and_every_link_leads_somewhere(made: Made) -> None:
    linked = re.findall(r"\]\(([^)]+)\)", text(made))
    files = {link for link in linked if "://" not in link}
    assert files == {path for path in paths(made) if path.startswith("plots/")}
    assert len(files) >= 10
    named = set(re.findall(r"`([\w.]+\.(?:json|parquet|html))`", text(made)))
    assert named <= paths(made)


def test_tables_have_the_cells_of_their_heads_whatever_a_licence_is_called(made: Made) -> None:
    rows = [line for line in text(made).splitlines() if line.startswith("|")]
    assert len(rows) > 60
    columns = 0
    for before, row in zip(["", *rows], rows, strict=False):
        cells = len(re.findall(r"(?<!\\)\|", row))
        if "---" in row:
            columns = cells
            assert len(re.findall(r"(?<!\\)\|", before)) == columns
        elif columns and "---" not in row and f"\n{before}\n{row}" in text(made):
            assert cells == columns, row
    assert "| CC BY-SA \\| 3.0 &lt;de> |" in text(made)
    assert cell("a\n| <b> & c") == "a \\| &lt;b> &amp; c"


def test_numbers_in_the_card_are_those_of_the_statistics(made: Made) -> None:
    numbers = json.loads(made.output.directory.read("documents/statistics.json"))
    assert f"{numbers['num_samples']} questions with answers about {numbers['num_pictures']} pictures" in text(made)
    for code, number in numbers["samples_by_language"].items():
        assert f"| {vocabulary.languages()[code].name} | {code} | {number} |" in text(made)
    for key, number in numbers["samples_by_country"].items():
        assert f"| {vocabulary.countries()[key].name} | {number} |" in text(made)


def test_how_it_was_made_can_be_traced(made: Made) -> None:
    """Of every stage the fingerprint, under which its result lies, and the settings."""
    told = json.loads(made.output.directory.read("documents/provenance.json"))
    for name, stage in {**made.inputs, "assemble": made.output}.items():
        assert stage.directory.uri.endswith(stage.manifest.fingerprint)
        assert told["stages"][name]["fingerprint"] == stage.manifest.fingerprint
        assert f"| {name} | {told['stages'][name]['version']} | `{stage.manifest.fingerprint}` |" in text(made)
    assert told["stages"]["arrange"]["settings"]["filters"] == [{"filter": "passing"}]
    assert "filter: passing" in text(made)
    assert "Dump of Wikidata: 2026-11-01." in text(made)
    assert re.search(r"Reworded by `toy@1`: \d+ questions", text(made))
    assert re.search(r"Judged by `toy@1`: \d+ questions", text(made))


def test_the_limits_are_those_of_this_run(made: Made, tmp_path: Path) -> None:
    assert "No native speaker has judged them yet." in text(made)
    assert "Nobody has judged these questions" in text(made)
    assert "0.0 % of those fail on some point" in text(made), "only what passes was kept"
    assert "Samples were not compared with the items of any benchmark" in text(made)
    assert "Questions were not compared with one another" in text(made)
    assert re.search(r"Not in it: .*Nigeria", text(made))
    listed = tmp_path / "benchmark.jsonl"
    listed.write_text('{"qid": "Q12"}\n')
    # Verdicts on a language that the data set does not have say nothing of it.
    swahili = {"sw": Acceptance(Share(10, 9), answers=Share(8, 8)), "am": Acceptance(Share(5, 5))}
    reviewed = Reviewed(swahili, frozenset({"name/sw/open/1/r1"}))
    other = text(make(open_storage(str(tmp_path / "run")), reviewed, protected=(str(listed),)))
    assert "| Swahili | 9 of 10 (90 %, 60 to 98) | none judged | 8 of 8 (100 %, 68 to 100) | none judged | 1 |" in other
    assert "Nobody has judged: Arabic, Chinese, English, Hebrew, Norwegian Bokmål." in other
    assert "Native speakers judged samples in 1 of 6 languages." in other
    assert "of any benchmark" not in other
    assert re.search(r"[1-9][\d.]* % of those fail on some point", other)
