"""What the stage does with poor pictures and with pictures that are nearly the same."""

from __future__ import annotations

import io
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from PIL import Image

from pipeline.commons.images import ImagesStage
from tests.commons.conftest import Serve, free
from tests.commons.pictures import clouds, encoded
from tests.commons.test_images import Run, concept, rows
from tests.commons.test_images_resumed import fetched

NOISE = Image.fromarray(np.random.default_rng(1).integers(0, 255, (200, 300, 3), np.uint8))
ALL = ("blurred", "blank", "extreme_aspect", "text_page")


def run_of(serve: Serve, folder: Path, **settings: Any) -> Run:
    files = [
        free("Good.jpg", encoded(NOISE)),
        free("Blank.jpg", encoded(Image.new("RGB", (300, 200), (90, 120, 200)))),
        free("Strip.jpg", encoded(NOISE.resize((1190, 110)))),
        free("Soft.jpg", encoded(clouds(100, 80))),
    ]
    concepts = [concept(number, file.title) for number, file in enumerate(files)]
    return Run(folder, serve(files), concepts, **({"thumbnail_px": 1280} | settings))


def test_poor_pictures_are_left_out_and_counted_by_kind(serve: Serve, tmp_path: Path) -> None:
    output = run_of(serve, tmp_path, refuse=ALL)()
    assert [row["title"] for row in rows(output)] == ["Good.jpg"]
    assert output.manifest.counts.not_selected == {"blank": 1, "blurred": 1, "extreme_aspect": 1}


def test_another_choice_of_kinds_fetches_nothing_again(serve: Serve, tmp_path: Path) -> None:
    run = run_of(serve, tmp_path, refuse=ALL)
    run()
    before = len(run.server.requests)
    run.stage = ImagesStage(run.stage.config.model_copy(update={"refuse": ("blank",)}), run.output)
    output = run()
    assert [row["title"] for row in rows(output)] == ["Good.jpg", "Strip.jpg", "Soft.jpg"]
    assert fetched(run, before) == Counter()


def test_pictures_that_are_nearly_the_same_are_named_with_the_best_of_them(serve: Serve, tmp_path: Path) -> None:
    files = [
        free("Large.jpg", encoded(clouds(600, 400))),
        free("Small.jpg", encoded(clouds(600, 400).resize((300, 200)))),
        free("Other.jpg", encoded(NOISE)),
    ]
    concepts = [concept(number, file.title) for number, file in enumerate(files)]
    output = Run(tmp_path, serve(files), concepts, thumbnail_px=960)()
    of = {row["title"]: row["sha256"] for row in rows(output)}
    table = pq.read_table(io.BytesIO(output.directory.read("documents/near_duplicates.parquet")))
    expected = [{"sha256": of[title], "group": of["Large.jpg"]} for title in ("Large.jpg", "Small.jpg")]
    assert table.to_pylist() == sorted(expected, key=lambda row: row["sha256"])
