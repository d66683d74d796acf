"""What `generation.py` gives to engines: rows of questions with pictures, and stages to ask about them."""

from __future__ import annotations

import io
from dataclasses import astuple, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from PIL import Image

from pipeline.commit import CommitRecord, Counts, Manifest
from pipeline.generation.asking import Row, Tally, ask
from pipeline.generation.draw import seed
from pipeline.generation.replies import ReplyStore
from pipeline.generation.request import Engine, Reply, Request, failed
from pipeline.generation.settings import Generation, Rephrase
from pipeline.generation.stages import RephraseStage
from pipeline.picture_store import PictureStore
from pipeline.schema import TABLES
from pipeline.stage import StageOutput
from pipeline.storage import Storage
from pipeline.tables import write_table
from tests.generation.rows import group, item
from tests.kit.stored_pictures import picture

ITEMS_A_PICTURE = 8
# Most replies are short, one in eight is long: verdicts among explanations.
_LENGTHS = (8, 12, 16, 24, 8, 12, 16, 192)


def settings(folder: Path, **changes: Any) -> Generation:
    """An engine that two cores keep up with; of smollm2 unless told."""
    known: dict[str, Any] = {
        "engine": "vllm", "model": "smollm2", "cache": str(folder / "cache"), "languages": ("en",), "num_gpus": 0,
        "num_cpus": 1, "max_model_len": 1024, "max_num_seqs": 32, "kv_cache_gb": 0.5, "partitions_in_flight": 8,
        "max_failed": 1.0,
    }  # fmt: skip
    return Generation(**{**known, **changes})


def questions(output: Storage, num_pictures: int, *, side_px: int = 0, rows_a_partition: int = 8,
              items_a_picture: int = ITEMS_A_PICTURE) -> StageOutput:  # fmt: skip
    """A complete stage `questions`, with stored pictures of that size or, for 0, none."""
    directory = output.child("questions/made-up")
    commits = []
    for number, start in enumerate(range(0, num_pictures, rows_a_partition)):
        rows, pictures = [], []
        for qid in range(start, min(start + rows_a_partition, num_pictures)):
            row = group(qid, [item(qid * items_a_picture + each) for each in range(items_a_picture)])
            if side_px:
                pictures.append(picture(jpeg(qid, side_px)))
                row["sha256"] = pictures[-1].sha256
            rows.append(row)
        PictureStore(output).add(pictures)
        table = pa.Table.from_pylist(rows, schema=TABLES["questions"])
        file = write_table(directory, "questions", f"{number:06}", table)
        counts = Counts("pictures", len(rows), len(rows))
        commits.append(CommitRecord("questions", f"{number:06}", None, counts, (file,)))
    return StageOutput(directory, Manifest("questions", "made-up", tuple(commits)))


def jpeg(number: int, side_px: int) -> bytes:
    """A picture with coarse structure, some 10 to 30 kB: as large as those that the data set keeps."""
    random = np.random.default_rng(number)
    coarse = Image.fromarray(random.integers(0, 256, (side_px // 8, side_px // 8, 3), np.uint8))
    made = io.BytesIO()
    coarse.resize((side_px, side_px), Image.Resampling.BILINEAR).save(made, "JPEG", quality=85)
    return made.getvalue()


class MixedStage(RephraseStage):
    """Asks for text of mixed lengths, the same for every engine, in place of rewordings."""

    async def group(self, group: Row, image: bytes | None, engine: Engine, store: ReplyStore) -> tuple[Row, Tally]:
        requests = {each["qa_id"]: mixed_request(each) for each in group["items"]}
        _, work = await ask(requests, group["sha256"], engine, store)
        return group, Tally(work=work)


def mixed_request(each: Row) -> Request:
    """A request whose reply ends where `max_tokens` ends it, as good as always."""
    text = f"Tell a long story about this, with many names and places in it. {each['question']}"
    number = seed(each["qa_id"], "length")
    return Request("You tell long stories.", text, max_tokens=_LENGTHS[number % len(_LENGTHS)], seed=number)


class StubbedStage(RephraseStage):
    """The real stage with an engine that answers at once, and nothing useful."""

    def start(self) -> Engine:
        return Stub(*astuple(self.models["en"]))


@dataclass
class Stub:
    """An engine that keeps what it is asked, and fails it or, where it must be quick and quiet, answers nothing."""

    model: str
    revision: str
    sees_pictures: bool = True
    keep: bool = False
    requests: list[Request] = field(default_factory=list)

    async def generate(self, request: Request) -> Reply:
        if not self.keep:
            return Reply("{}", "stop")
        self.requests.append(request)
        return failed("only written down")

    async def close(self) -> None:
        """Nothing to let go of."""


def rephrase(config: Generation, output: Storage) -> RephraseStage:
    """The stage with one try, so that what it asks does not depend on what a model answers; an item a request.

    Replies about several items at once are too much for a small model, which would go on to the limit of its tokens.
    """
    return RephraseStage(Rephrase(retry=False, items_per_request=1), config, output)
