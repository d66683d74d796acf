"""One item from its bytes in the dump to its predictions: what every stage made of it, and where that lies or ended."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any

import pyarrow.compute as pc

from jobs.chain import build_stages, survey
from jobs.run_config import RunConfig
from jobs.trace_way import arranged, ending, rows_of, way_of
from pipeline.errors import UserError
from pipeline.generation import rephrase
from pipeline.generation.replies import ReplyStore
from pipeline.generation.request import Reply, request_key
from pipeline.generation.scores import JUDGED, POINTS
from pipeline.generation.stages import JudgeStage, RephraseStage
from pipeline.picture_store import PictureLostError, PictureStore, pack_path
from pipeline.stage import Stage, StageOutput
from pipeline.storage import Storage, open_storage
from pipeline.tables import read_table
from pipeline.wikidata.dump.locate import find_line
from pipeline.wikidata.dump.ranges import Range
from pipeline.wikidata.dump.source import open_source

Row = dict[str, Any]
Outputs = Mapping[str, StageOutput]


def trace(config: RunConfig, qa_id: int) -> Iterator[str]:
    """Lines of text, from the dump on, to the shard or to where the item ended.

    Raises:
        UserError: no question of the run is made yet, or it has no such item.
    """
    storage = open_storage(config.output)
    outputs = {stage.name: stage.output for stage in survey(config) if stage.output is not None}
    if "questions" not in outputs:
        raise UserError("trace: `questions` is not complete for this config; run it first")
    stages = build_stages(config, storage)
    way = way_of(outputs, qa_id)
    if not way:
        raise UserError(f"trace: no item {qa_id} in this run; ids stand in column qa_id of {_places_of_ids(outputs)}")
    row, item = way[-1].row, way[-1].item
    state = f"split {row['split']}" if way[-1].stage == "assemble" else "not in the data set"
    yield f"item {qa_id}: Q{item['qid']}, P{item['property']}, {item['language']}, {item['kind']}, {state}"
    yield from _source(stages, outputs, item)
    yield from _picture(storage, outputs, row)
    yield from _wordings(stages, storage, outputs, item, row["sha256"])
    yield from _thresholds(stages["judge"], item)
    yield from arranged(config, outputs, way)
    if way[-1].stage == "assemble":
        place = way[-1]
        yield f"shard       row {place.number}, item {place.position} of {place.uri}"
        yield from _predictions(outputs, qa_id)
    else:
        yield from ending(stages, storage, outputs, way[-1])


def _places_of_ids(outputs: Outputs) -> str:
    if "assemble" in outputs:
        return f"{outputs['assemble'].directory.uri}/tables/index"
    return f"the items of {outputs['questions'].directory.uri}/tables/questions"


def _source(stages: Mapping[str, Stage], outputs: Outputs, item: Row) -> Iterator[str]:
    extract = outputs["extract"]
    ranges = {part.id: part.payload for part in stages["extract"].partitions({})}
    commit, entity = next(rows_of(extract, "entities", item["qid"]))
    part = Range(**ranges[commit])
    line = find_line(open_source(part.uri).read, part, item["qid"])
    yield f"dump        bytes {part.start:,} to {part.end:,} of {part.uri} (partition {commit})"
    if line is not None:
        lies = f"its line {line.number:,}, {line.size:,} bytes of text, comes of bytes {line.start:,} to {line.end:,}"
        yield f"            {lies}"
    for statement in entity["statements"]:
        if statement["statement_id"] in item["statement_ids"]:
            said = (
                f"P{statement['property']} = {_value(statement)}, rank {statement['rank']}, dump of {item['dump_date']}"
            )
            yield f"statement   {statement['statement_id']}: {said}"
    _, concept = next(rows_of(outputs["select"], "concepts", item["qid"]))
    path = " > ".join(f"Q{qid}" for qid in concept["class_path"])
    yield f"concept     {concept['country']} by {concept['country_statement']}; {concept['domain']} by {path}"


def _value(statement: Row) -> str:
    if statement["qid"]:
        return f"Q{statement['qid']}"
    unit = f" Q{statement['unit']}" if statement["unit"] else ""
    return statement["time"] or statement["text"] or f"{statement['amount']}{unit}"


def _picture(storage: Storage, outputs: Outputs, row: Row) -> Iterator[str]:
    rows = rows_of(outputs["images"], "images", row["qid"])
    image = next(found for _, found in rows if found["sha256"] == row["sha256"])
    yield f"picture     {image['title']}, from {image['source_url']}"
    yield f"            chosen by P{image['property']}, {image['statement_id']}: {image['picture_reason']}"
    yield f"            {image['attribution']}"
    try:
        place = PictureStore(storage).find(row["sha256"])
        lies = f"bytes {place.offset:,} to {place.offset + place.size:,} of {storage.uri}/{pack_path(place.pack)}"
    except PictureLostError:
        lies = "no longer in the store"
    yield f"            {image['width']} x {image['height']} px, sha256 {row['sha256']}: {lies}"


def _wordings(stages: Mapping[str, Stage], storage: Storage, outputs: Outputs, item: Row, sha256: str) -> Iterator[str]:
    yield f"template    {item['template_id']}: {item['original_question']}"
    options = f" {item['choices']}, right: {item['answer_index']}" if item["choices"] else ""
    yield f"answer      {item['original_answer']} (label in {item['answer_label_language']}){options}"
    if item["rephrase_status"] is None:
        return
    by = f" by {item['rephrase_model']}" if item["rephrase_model"] else ""
    yield f"rephrase    {item['rephrase_status']}{by}: {item['question']}"
    if item["answer_status"]:
        yield f"            answer {item['answer_status']}: {item['answer']}"
    if item["rephrase_model"]:
        rows = rows_of(outputs["questions"], "questions", item["qid"])
        group = next(found for _, found in rows if found["sha256"] == sha256)
        yield from tries(stages["rephrase"], storage, group, item["qa_id"])
    if item["judge_status"] is not None:
        yield from judgement(item)


def _thresholds(stage: Stage, item: Row) -> Iterator[str]:
    """From which score on a verdict is true, for an item that has scores."""
    assert isinstance(stage, JudgeStage)
    if item["judge_status"] == JUDGED:
        least = stage.config.thresholds_of(item["language"])
        yield f"            needed in {item['language']}: {', '.join(f'{point} {least[point]}' for point in POINTS)}"


def judgement(item: Row) -> Iterator[str]:
    """What the judge said of an item of `schema.QA_ITEM`, and by which points it fails."""
    scores = {point: score for point in POINTS if (score := item[f"score_{point}"]) is not None}
    verdict = "passes" if item["passes"] else f"fails by {', '.join(point for point in scores if not item[point])}"
    by = f" by {item['judge_model']}" if item["judge_model"] else ""
    given = f": {verdict}; {', '.join(f'{point} {score}' for point, score in scores.items())}" if scores else ""
    yield f"judge       {item['judge_status']}{by}{given}"
    if item["judge_reason"] is not None:
        yield f"            reason: {json.dumps(item['judge_reason'], ensure_ascii=False)}"
    if item["answered_blind"] is not None:
        yield f"            without the picture answered {'right' if item['answered_blind'] else 'wrong'}"


def tries(stage: object, storage: Storage, group: Row, qa_id: int) -> Iterator[str]:
    """The stored replies about an item of a row of `questions`: of the first try and of the second."""
    assert isinstance(stage, RephraseStage)
    stored = ReplyStore(storage, stage.name).load(group["sha256"])
    image = b"" if stage.shows_pictures() else None
    asked = [batch for batch in stage.settings.first(group) if qa_id in batch.qa_ids]
    while asked:
        batch = asked.pop()
        request = stage.settings.request(batch, image, group["sha256"])
        model = stage.models[batch.language]
        reply = stored.get(key := request_key(request, model.name, model.revision))
        if reply is not None:
            came = rephrase.outcome(batch, reply, group)
            yield _told(key, reply, batch.qa_ids.index(qa_id) + 1, len(batch.items), came[qa_id])
            if not batch.notes:
                asked = [each for each in stage.settings.second(batch, reply, came) if qa_id in each.qa_ids]


def _told(key: str, reply: Reply, number: int, size: int, came: rephrase.Tried) -> str:
    refused = {"question": came.question, "answer": came.answer}
    why = [f"{name} refused: {each.value}" for name, each in refused.items() if isinstance(each, Enum)]
    said = ", ".join([reply.finish_reason, f"item {number} of {size}", *why])
    return f"            reply {key[:16]}: {json.dumps(reply.text, ensure_ascii=False)} ({said})"


def _predictions(outputs: Outputs, qa_id: int) -> Iterator[str]:
    names = [name for name in ("evaluate_base", "evaluate_trained") if name in outputs]
    found = [row for name in names if (row := _one(outputs[name], "predictions", "item_id", str(qa_id))) is not None]
    for row in found:
        verdict = {1.0: "right", 0.0: "wrong", None: "unread"}[row["strict"]]
        yield f"prediction  {row['model']}: {json.dumps(row['reply'], ensure_ascii=False)}, {verdict}"
    if not found:
        yield "prediction  none: not held out, not sampled, or not evaluated yet"


def _one(output: StageOutput, table: str, column: str, value: int | str) -> Row | None:
    for file in output.files(table):
        found = read_table(output.directory, file.path)
        rows = found.filter(pc.equal(found.column(column), value)).to_pylist()
        if rows:
            return dict(rows[0])
    return None
