"""Samples by themselves: where the index puts them, what their ids are made of, which option is right."""

from __future__ import annotations

from typing import Any

from pipeline.commit import CommitRecord
from pipeline.dataset.shards import index_rows
from pipeline.questions.qa_id import qa_id
from pipeline.questions.subject import family_of
from pipeline.questions.templates import shipped_catalogue
from pipeline.schema import INDEX
from pipeline.stage import StageOutput
from pipeline.tables import read_table
from pipeline.verify.shards import Row, RowCheck

# What a processor counted is `tokens.py`'s.
_INDEXED = tuple(name for name in INDEX.names if not name.endswith("_tokens"))


class Indexed(RowCheck):
    """A shard's index is committed together with it, and has a row for each of its samples and no more."""

    name = "samples stand where the index puts them, and as it says"

    def __init__(self) -> None:
        super().__init__()
        self._index: dict[tuple[str, int, int], dict[str, Any]] = {}

    def begin(self, assemble: StageOutput, commit: CommitRecord) -> None:
        self._index = {
            (row["shard"], row["row"], row["item"]): row
            for file in commit.files
            if file.table == "index"
            for row in read_table(assemble.directory, file.path, _INDEXED).to_pylist()
        }

    def look(self, row: Row, shard: str, number: int) -> None:
        for expected in index_rows(row, shard, number):
            self.looked_at += 1
            found = self._index.pop((shard, number, expected["item"]), None)
            name = f"sample {expected['qa_id']}"
            if found is None:
                self.findings.add(f"{name}: the index does not have it")
                continue
            wrong = [column for column in _INDEXED if found[column] != expected[column]]
            if wrong:
                self.findings.add(f"{name}: the index has another {', '.join(wrong)}")

    def finish(self) -> None:
        for place, row in self._index.items():
            self.findings.add(f"sample {row['qa_id']}: the index puts it at {place}, which no shard holds")


class Identities(RowCheck):
    """Ids of items that came from a family of the catalogue; other items have ids of their own kind."""

    name = "ids of samples are those of entity, statements, picture, language, kind and family"

    def __init__(self) -> None:
        super().__init__()
        self._families = frozenset(family.name for family in shipped_catalogue().families)
        self._others = 0

    def look(self, row: Row, shard: str, number: int) -> None:
        for item in row["items"]:
            family = family_of(item)
            if family not in self._families:
                self._others += 1
                continue
            self.looked_at += 1
            made = qa_id(item["qid"], item["statement_ids"], row["sha256"], item["language"], item["kind"], family)
            if made != item["qa_id"] or item["qid"] != row["qid"]:
                self.findings.add(f"sample {item['qa_id']}: its parts give the id {made}")

    def notes(self) -> list[str]:
        return [f"{self._others:,} of no family of the catalogue were passed over"] if self._others else []


class RightOptions(RowCheck):
    """Of a choice question exactly one option is the answer, and it is the one that is marked."""

    name = "the option marked right is the answer, and no other is"

    def look(self, row: Row, shard: str, number: int) -> None:
        for item in row["items"]:
            if item["kind"] != "choice":
                continue
            self.looked_at += 1
            choices, index = item["choices"] or [], item["answer_index"]
            if index is None or not 0 <= index < len(choices) or choices[index] != item["answer"]:
                self.findings.add(f"sample {item['qa_id']}: the option marked right is not the answer")
            elif choices.count(item["answer"]) > 1:
                self.findings.add(f"sample {item['qa_id']}: the answer is among its options twice")
            elif item["choice_qids"] and item["choice_qids"][index] != item["value_qid"]:
                self.findings.add(f"sample {item['qa_id']}: the item behind the right option is not that of the answer")
