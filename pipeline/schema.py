"""Every table of the pipeline, once: column, Arrow type, unit and meaning.

A schema has its final columns from the start. A column that a later stage fills is null until then, so that a
reader written against `questions` also reads `judged`. Ids are 64-bit integers: a Wikidata item `Q42` is `42`, a
property `P18` is `18`, and ids of our own are the signed value of an xxh3-64 hash. Languages in `labels` and
`concepts` are Wikidata's codes (`he`, `nb`, `zh-hans`, `mul`); languages in QA items are the data set's codes
(`iw`, `no`, `zh`), which `languages.yaml` maps to Wikidata's. Where files of others were imported, what they do not say
of a required column is "" for a text, an empty list, 0 for an id and a size, and -1 for a property and a count.
"""

from __future__ import annotations

import pyarrow as pa

SCHEMA_VERSION = 8


def _field(name: str, dtype: pa.DataType, meaning: str, *, nullable: bool = True) -> pa.Field:
    return pa.field(name, dtype, nullable=nullable, metadata={"meaning": meaning})


def _required(name: str, dtype: pa.DataType, meaning: str) -> pa.Field:
    return _field(name, dtype, meaning, nullable=False)


VALUE_FIELDS = [
    _required("snaktype", pa.string(), "value, somevalue (unknown to Wikidata) or novalue (there is none)"),
    _field("type", pa.string(), "Wikidata's value type: wikibase-entityid, string, time, quantity, ..."),
    _field("qid", pa.int64(), "the item pointed to, for wikibase-entityid of an item"),
    _field("text", pa.string(), "string values, media titles, URLs, monolingual texts"),
    _field("language", pa.string(), "language of a monolingual text"),
    _field("time", pa.string(), "Wikidata's time, +1889-03-31T00:00:00Z; months and days may be 00"),
    _field("time_precision", pa.int8(), "Wikidata's precision: 7 century, 8 decade, 9 year, 10 month, 11 day"),
    _field("calendar", pa.int64(), "calendar model item: 1985727 Gregorian, 1985786 Julian"),
    _field("amount", pa.string(), "decimal number as written, with its sign"),
    _field("unit", pa.int64(), "unit item of a quantity, null for a bare number"),
    _field("latitude", pa.float64(), "degrees north"),
    _field("longitude", pa.float64(), "degrees east"),
]

QUALIFIER = pa.struct([_required("property", pa.int32(), "P-number of the qualifier"), *VALUE_FIELDS])

LABEL = pa.struct(
    [
        _required("language", pa.string(), "Wikidata's language code, or mul"),
        _required("label", pa.string(), "the label, Unicode NFC"),
        _field("aliases", pa.list_(pa.string()), "other names in that language"),
    ]
)

STATEMENT_FIELDS = [
    _required("statement_id", pa.string(), "Wikidata's statement GUID, Q42$F078E5B3-..."),
    _required("property", pa.int32(), "P-number"),
    _required("rank", pa.string(), "preferred, normal or deprecated"),
    _required("best", pa.bool_(), "of the best rank present for its property, and not deprecated"),
    *VALUE_FIELDS,
    _field("qualifiers", pa.list_(QUALIFIER), "qualifiers in the order of the dump"),
]

STATEMENT = pa.struct(STATEMENT_FIELDS)

LABELLED_STATEMENT = pa.struct(
    [*STATEMENT_FIELDS, _field("value_labels", pa.list_(LABEL), "labels and aliases of the item pointed to")]
)

ENTITIES = pa.schema(
    [
        _required("qid", pa.int64(), "the item"),
        _field("revision", pa.int64(), "lastrevid of the item, where the dump states it"),
        _field("modified", pa.string(), "time of that revision, ISO 8601"),
        _required("dump_date", pa.string(), "date of the dump, YYYY-MM-DD"),
        _required("num_sitelinks", pa.int32(), "wiki pages about the item: how widely it is known"),
        _required("statements", pa.list_(STATEMENT), "all statements, every rank, in the order of the dump"),
    ]
)

LABELS = pa.schema(
    [
        _required("qid", pa.int64(), "the item"),
        _required("language", pa.string(), "Wikidata's language code, or mul"),
        _required("label", pa.string(), "the label, Unicode NFC"),
        _field("aliases", pa.list_(pa.string()), "other names in that language"),
    ]
)

EDGES = pa.schema(
    [
        _required("subject", pa.int64(), "the item"),
        _required("property", pa.int32(), "31 instance of, 279 subclass of, 131 located in, 361 part of"),
        _required("object", pa.int64(), "the item pointed to"),
        _required("rank", pa.string(), "preferred, normal or deprecated"),
    ]
)

CONCEPTS = pa.schema(
    [
        _required("qid", pa.int64(), "the cultural entity"),
        _field("revision", pa.int64(), "lastrevid of the item"),
        _required("dump_date", pa.string(), "date of the dump, YYYY-MM-DD"),
        _required("num_sitelinks", pa.int32(), "wiki pages about the item"),
        _required("country", pa.string(), "key of countries.yaml: the first of `countries`"),
        _required("countries", pa.list_(pa.string()), "every chosen country that a statement gives, in that order"),
        _required("country_statement", pa.string(), "GUID of the statement that gave `country`"),
        _required("country_property", pa.int32(), "its property: 495 country of origin, 17 country, ..."),
        _required("country_path", pa.list_(pa.int64()), "its value first, then P131 steps up to what is the country's"),
        _required("domain", pa.string(), "key of domains.yaml: food, instrument, festival, ..."),
        _required("class_statement", pa.string(), "GUID of the statement that makes it cultural"),
        _required(
            "class_property", pa.int32(), "its property: 31, 279, 1435 heritage designation, 106 occupation, ..."
        ),
        _required(
            "class_path",
            pa.list_(pa.int64()),
            "its value first, then P279 steps up to the domain's root class; of a class that is listed its own id",
        ),
        _required("num_own_labels", pa.int16(), "languages of the country in which it has a label of its own"),
        _required("popularity", pa.string(), "head, torso or tail, by num_sitelinks"),
        _required("labels", pa.list_(LABEL), "labels and aliases of the entity, 39 languages, variants and mul"),
        _required("statements", pa.list_(LABELLED_STATEMENT), "all statements, with the labels of their values"),
    ]
)

IMAGES = pa.schema(
    [
        _required("qid", pa.int64(), "the entity that the picture shows"),
        _required("title", pa.string(), "Commons title without File:, spaces not underscores"),
        _required("property", pa.int32(), "names the picture, 18 for image, or where it is: 373 category, 935 gallery"),
        _required("statement_id", pa.string(), "GUID of that statement"),
        _required("picture_rank", pa.int16(), "photographs of the entity that were better: 0 is the best"),
        _required("picture_reason", pa.string(), "why it was chosen and has that rank: image, preferred rank"),
        _required("sha256", pa.string(), "hex digest of the stored bytes: the name in the image store"),
        _required("phash", pa.int64(), "64-bit perceptual hash of the stored picture"),
        _required("width", pa.int32(), "px, as stored"),
        _required("height", pa.int32(), "px, as stored"),
        _required("num_bytes", pa.int64(), "bytes, as stored"),
        _required("source_url", pa.string(), "where the bytes came from"),
        _required("page_url", pa.string(), "the file's page on Commons"),
        _field("source_sha1", pa.string(), "hex SHA-1 of the original file, as the API states it: its revision"),
        _field("source_timestamp", pa.string(), "upload time of that revision, ISO 8601"),
        _field("source_mime", pa.string(), "MIME type of the original"),
        _field("source_width", pa.int32(), "px, of the original"),
        _field("source_height", pa.int32(), "px, of the original"),
        _required("author", pa.string(), "author as plain text"),
        _field("credit", pa.string(), "Commons' credit line as plain text"),
        _required("licence", pa.string(), "short name: CC BY-SA 4.0, CC0, Public domain"),
        _required("licence_family", pa.string(), "cc0, pd, cc-by, cc-by-sa"),
        _field("licence_url", pa.string(), "address of the licence text"),
        _required("attribution_required", pa.bool_(), "whether a reuser must name the author"),
        _required("attribution", pa.string(), "the line to print beside the picture"),
        _field("restrictions", pa.list_(pa.string()), "Commons' other restrictions: trademarked, personality, ..."),
    ]
)

TURN = pa.struct(
    [
        _required("question", pa.string(), "what is asked next"),
        _required("answer", pa.string(), "what is learned"),
    ]
)

QA_ITEM = pa.struct(
    [
        _required("qa_id", pa.int64(), "identity of the item; survives a reworded template"),
        _required("qid", pa.int64(), "the entity"),
        _required("property", pa.int32(), "P-number asked for; 0 asks what it is called; -1 of an import, not known"),
        _required("statement_ids", pa.list_(pa.string()), "GUIDs that ground the answer; none in an import"),
        _required("rank", pa.string(), "rank of those statements"),
        _required("dump_date", pa.string(), "date of the dump that stated it"),
        _required("template_id", pa.string(), "family/language/kind/number/revision of the wording"),
        _required("language", pa.string(), "the data set's language code"),
        _required("kind", pa.string(), "open or choice"),
        _required("question", pa.string(), "the question as it is now"),
        _required("answer", pa.string(), "the answer as it is now: what is learned; a phrase round the label at most"),
        _field("later_turns", pa.list_(TURN), "what is asked and answered after it; null as a rule"),
        _field("value_qid", pa.int64(), "the item that is the answer, where it is one"),
        _field("choices", pa.list_(pa.string()), "the options of a choice question, in the order shown"),
        _field("choice_qids", pa.list_(pa.int64()), "the items behind the options"),
        _field("answer_index", pa.int8(), "which option is right"),
        _required("answer_label_language", pa.string(), "Wikidata code of the label used: shows a fallback"),
        _required("original_question", pa.string(), "the question as the template gave it"),
        _required("original_answer", pa.string(), "the answer as the template gave it: the label"),
        _field("rephrase_status", pa.string(), "rephrased, rephrased:retry at the second try, or kept:REASON"),
        _field("answer_status", pa.string(), "as rephrase_status, of the answer; null where none was asked for"),
        _field("rephrase_model", pa.string(), "model id and revision"),
        _field("judge_status", pa.string(), "judged, or the reason why not"),
        _field("judge_model", pa.string(), "model id and revision"),
        _field("judge_reason", pa.string(), "why its lowest score is not higher, in the model's words"),
        _field("score_picture_shows_entity", pa.int8(), "1 to 5; null where the model saw no picture"),
        _field("score_answerable", pa.int8(), "1 to 5: by whoever sees the picture and knows the subject"),
        _field("score_answer_supported", pa.int8(), "1 to 5: the answer is right for the question as it is now"),
        _field("score_fluent", pa.int8(), "1 to 5: question and answer are in the language, and well put"),
        _field("picture_shows_entity", pa.bool_(), "verdict: the score reaches its threshold"),
        _field("answerable", pa.bool_(), "verdict"),
        _field("answer_supported", pa.bool_(), "verdict"),
        _field("fluent", pa.bool_(), "verdict"),
        _field("passes", pa.bool_(), "whether every verdict that there is is true; null where there is none"),
        _field("answered_blind", pa.bool_(), "right without the picture; null if not asked or nothing could be read"),
    ]
)

_PICTURE_GROUP = [
    _required("qid", pa.int64(), "the entity"),
    _required("sha256", pa.string(), "the picture"),
    _required("country", pa.string(), "key of countries.yaml"),
    _required("domain", pa.string(), "key of domains.yaml"),
    _required("num_sitelinks", pa.int32(), "wiki pages about the entity"),
    _required("items", pa.list_(QA_ITEM), "the questions about this entity with this picture"),
]

QUESTIONS = pa.schema(_PICTURE_GROUP)
REPHRASED = QUESTIONS
JUDGED = QUESTIONS

_PICTURE_SHOWN = [
    _required("width", pa.int32(), "px"),
    _required("height", pa.int32(), "px"),
    _required("title", pa.string(), "Commons title"),
    _required("page_url", pa.string(), "the file's page on Commons"),
    _required("author", pa.string(), "author as plain text"),
    _required("licence", pa.string(), "short name of the licence"),
    _field("licence_url", pa.string(), "address of the licence text"),
    _required("attribution", pa.string(), "the line to print beside the picture"),
]

SPLITS = ("train", "validation", "test")
_SPLIT = _required("split", pa.string(), "train, validation or test: by group of entities, never by row")

SIGNATURES = pa.schema(
    [
        _required("bucket", pa.uint64(), "hash of language, kind, answer and subject: only within it is compared"),
        _required("order", pa.uint64(), "hash of qa_id: of those alike the lowest stay"),
        _required("qa_id", pa.int64(), "the item"),
        _required("family", pa.uint32(), "hash of the template family: what is asked; 0 where it is not known"),
        _required("shingles", pa.list_(pa.uint32()), "hashes of the wording's shingles, ascending; no names"),
    ]
)

ALIKE = pa.schema(
    [
        _required("qa_id", pa.int64(), "the item that goes"),
        _required("alike_to", pa.int64(), "an item that stays and is alike"),
    ]
)

LEFT_OUT = pa.schema(
    [
        _required("qa_id", pa.int64(), "the item"),
        _required("qid", pa.int64(), "the entity"),
        _required("sha256", pa.string(), "the picture"),
        _required("language", pa.string(), "the data set's language code"),
        _required("question", pa.string(), "the question as it was judged"),
        _required("reason", pa.string(), "what is counted: not_passing, alike_within, protected_qid:LIST, ..."),
        _field("evidence", pa.string(), "what was found: the item it is alike to, the entity, the bits, the question"),
    ]
)

ARRANGED = pa.schema(
    [
        *_PICTURE_GROUP,
        _SPLIT,
        _required("group", pa.int64(), "smallest of the entities that share or nearly share pictures, or are the same"),
        _required("place", pa.int64(), "seeded hash of the picture: shards are in its order"),
        _required("num_bytes", pa.int64(), "about what the row takes in a shard"),
        *_PICTURE_SHOWN,
    ]
)

# An import has rows without a picture: sha256 "", 0 x 0 px.
SHARDS = pa.schema(
    [*_PICTURE_GROUP, _SPLIT, _field("image", pa.binary(), "the stored JPEG; null without one"), *_PICTURE_SHOWN]
)

IMPORTED = pa.schema(
    [
        _required("place", pa.int64(), "seeded hash of the picture's path, or of the row: shards are in its order"),
        _required("picture", pa.int64(), "number of the picture in the places given; -1 without one"),
        _required("file", pa.int32(), "number of the file that it was read from, among those given"),
        _required("position", pa.int64(), "its first byte in that file; of parquet, its row"),
        _required("picture_bytes", pa.int64(), "bytes of the picture's file; 0 without one"),
        _required("num_bytes", pa.int64(), "about what the row takes in a shard besides its picture"),
        _required("country", pa.string(), "key of countries.yaml, where a folder of the picture's path has its name"),
        _required("page_url", pa.string(), "the picture's page, where the row has it"),
        _required("licence", pa.string(), "likewise"),
        _field("licence_url", pa.string(), "likewise"),
        _required("attribution", pa.string(), "likewise"),
        _required("item", QA_ITEM, "question and answer"),
    ]
)

INDEX = pa.schema(
    [
        _required("qa_id", pa.int64(), "the sample"),
        _required("shard", pa.string(), "partition id of the shard that holds it"),
        _required("row", pa.int32(), "row in the shard"),
        _required("item", pa.int32(), "position in that row's items"),
        _required("qid", pa.int64(), "the entity"),
        _required("sha256", pa.string(), "the picture"),
        _required("split", pa.string(), "train, validation or test"),
        _required("country", pa.string(), "key of countries.yaml"),
        _required("domain", pa.string(), "key of domains.yaml"),
        _required("language", pa.string(), "the data set's language code"),
        _required("kind", pa.string(), "open or choice"),
        _required("property", pa.int32(), "P-number"),
        _required("num_characters", pa.int32(), "Unicode code points of question, options and answer"),
        _field("num_text_tokens", pa.int32(), "all other tokens of the sample, chat template included; null likewise"),
        _field("num_image_tokens", pa.int32(), "tokens of the picture under a processor; null where none is given"),
    ]
)

TALLIES = pa.schema(
    [
        _required("counted", pa.string(), "what is counted by what: country, answer characters, pictures licence, ..."),
        _required("name", pa.string(), "the first name that it is counted by"),
        _required("second", pa.string(), "the second; empty where there is one"),
        _required("number", pa.int64(), "questions of the shard; of what begins with pictures, its rows"),
    ]
)

ATTRIBUTION = pa.schema([IMAGES.field(name) for name in (
    "sha256", "title", "page_url", "source_url", "source_sha1", "author", "credit", "licence", "licence_family",
    "licence_url", "attribution_required", "attribution", "restrictions",
)])  # fmt: skip

MODEL_FILES = pa.schema(
    [
        _required("path", pa.string(), "file of the model's folder, below `export/` of the stage's directory"),
        _required("num_bytes", pa.int64(), "size"),
        _required("sha256", pa.string(), "hex digest of its bytes"),
    ]
)

LOSSES = pa.schema(
    [
        _required("step", pa.int64(), "optimizer step, from 0"),
        _required("loss", pa.float64(), "mean cross-entropy per supervised token over all ranks, nats"),
        _required("num_supervised_tokens", pa.int64(), "tokens that the loss counts, over all ranks"),
        _required("num_tokens", pa.int64(), "all tokens of the step's samples, picture tokens included"),
        _required("grad_norm", pa.float64(), "global norm of the gradients before clipping"),
        _required("learning_rate", pa.float64(), "rate of the step, of the language model"),
        _required("fate", pa.string(), "learned; skipped; undone or passed over by a rewind; rewound: its cause"),
    ]
)

VALIDATION_LOSSES = pa.schema(
    [
        _required("step", pa.int64(), "optimizer steps done by then"),
        _required("language", pa.string(), "the data set's language code"),
        _required("loss", pa.float64(), "mean cross-entropy per supervised token, nats"),
        _required("num_supervised_tokens", pa.int64(), "tokens that the loss counts"),
    ]
)

_STRINGS = pa.list_(pa.string())
_GROUPS = pa.list_(
    pa.struct(
        [_required("by", pa.string(), "what is told apart"), _required("group", pa.string(), "which one it is of")]
    )
)

BENCHMARK_ITEMS = pa.schema(
    [
        _required("task", pa.string(), "the benchmark"),
        _required("item_id", pa.string(), "its own id, unique in its task"),
        _required("language", pa.string(), "the data set's language code where it has one, else the benchmark's"),
        _field("country", pa.string(), "key of countries.yaml where there is one, else the benchmark's own word"),
        _required("kind", pa.string(), "choice, open, caption, entity or judged"),
        _required("prompt", pa.string(), "as published; <image> marks where a picture stands"),
        _required("choices", _STRINGS, "options in their order; empty but for a choice"),
        _required("answers", _STRINGS, "references"),
        _field("answer_index", pa.int32(), "of a choice: which option is right"),
        _required("groups", _GROUPS, "by what scores are told besides language and country"),
        _required("cluster", pa.string(), "what stands or falls together: SHA-256 of the first picture, or the id"),
        _required("qid", pa.int64(), "the entity asked about; 0 where the benchmark tells none"),
        _required("meta", pa.string(), "JSON: what a scorer needs besides"),
        _required("pictures", pa.list_(pa.binary()), "encoded, in the order of their places"),
        _field("judge_system", pa.string(), "of a judged item: the judge's system prompt"),
        _field("judge_before", pa.string(), "what the judge is told before the reply"),
        _field("judge_after", pa.string(), "and after it"),
    ]
)

PREDICTIONS = pa.schema(
    [
        _required("task", pa.string(), "the benchmark; culturalground are the data set's own held-out items"),
        _required("model", pa.string(), "base, trained, or a name of the config"),
        _required("item_id", pa.string(), "qa_id, or the benchmark's own id"),
        _required("qid", pa.int64(), "the entity asked about; 0 where none is told"),
        _required("cluster", pa.string(), "what intervals are clustered by: SHA-256 of the first picture, or the id"),
        _field("country", pa.string(), "key of countries.yaml where there is one, else the benchmark's own word"),
        _required("language", pa.string(), "the data set's language code where it has one"),
        _required("kind", pa.string(), "choice, open, caption, entity or judged"),
        _required("groups", _GROUPS, "what else scores are told by: property and split, or what the benchmark has"),
        _required("question", pa.string(), "as asked, options included"),
        _required("answers", _STRINGS, "what would be right"),
        _required("prompt_sha256", pa.string(), "of all that decides the reply: prompt, pictures, model, sampling"),
        _required("reply", pa.string(), "what the model said, untouched"),
        _required("status", pa.string(), "answered, or why not"),
        _required("finish_reason", pa.string(), "stop, length or error"),
        _field("judge", pa.string(), "model@revision that judged the reply; null where none did"),
        _field("judgement", pa.string(), "what it said, untouched"),
        _field("paper", pa.float64(), "0 to 1 by the published rule; null where it decides nothing"),
        _required("paper_state", pa.string(), "scored, unparsed or unjudged"),
        _required("guessed", pa.bool_(), "whether the published rule drew its decision at random"),
        _field("strict", pa.float64(), "0 to 1 by our rule; null where the reply could not be read or judged"),
        _required("strict_state", pa.string(), "scored, unparsed or unjudged"),
        _required("parsed", pa.string(), "what our rule read; empty where it read nothing"),
    ]
)

SCORES = pa.schema(
    [
        _required("task", pa.string(), "the benchmark"),
        _required("kind", pa.string(), "of its items; all where it has several"),
        _required("rule", pa.string(), "paper or strict"),
        _required("metric", pa.string(), "accuracy: mean of the items' scores; else a score of all replies, as cider"),
        _required("by", pa.string(), "all, macro (the mean over languages), language, country, property, or another"),
        _required("group", pa.string(), "which one"),
        _required("model", pa.string(), "base, trained, or a name of the config"),
        _field("baseline", pa.string(), "of a difference: the model that it is to; null for a score"),
        _required("num_items", pa.int64(), "items; of a difference those that both answered"),
        _required("num_clusters", pa.int64(), "pictures of them"),
        _required("num_unparsed", pa.int64(), "replies that could not be read; they count as not right"),
        _required("num_unjudged", pa.int64(), "items without a judgement; they are left out"),
        _required("num_guessed", pa.int64(), "decided at random by the published rule"),
        _required("value", pa.float64(), "an accuracy, another score, or a difference; papers print 100 times it"),
        _field("low", pa.float64(), "95 % interval, lower end; null where none is known"),
        _field("high", pa.float64(), "95 % interval, upper end"),
        _field("p_value", pa.float64(), "of a difference, two-sided; by language adjusted for all of them (Holm)"),
        _field("smallest", pa.float64(), "of a difference: what so many items find in four of five cases"),
    ]
)

QUARANTINE = pa.schema(
    [
        _required("stage", pa.string(), "the stage that set it aside"),
        _required("partition", pa.string(), "the partition it belongs to"),
        _required("key", pa.string(), "which row: a QID, a title, a byte offset"),
        _required("reason", pa.string(), "one word of a closed list, for counting"),
        _required("detail", pa.string(), "what was wrong with this one"),
        _field("payload", pa.binary(), "the offending bytes, at most 64 KiB of them"),
    ]
)

TABLES: dict[str, pa.Schema] = {
    "entities": ENTITIES,
    "labels": LABELS,
    "edges": EDGES,
    "concepts": CONCEPTS,
    "images": IMAGES,
    "questions": QUESTIONS,
    "rephrased": REPHRASED,
    "judged": JUDGED,
    "signatures": SIGNATURES,
    "alike": ALIKE,
    "arranged": ARRANGED,
    "left_out": LEFT_OUT,
    "shards": SHARDS,
    "index": INDEX,
    "imported": IMPORTED,
    "tallies": TALLIES,
    "attribution": ATTRIBUTION,
    "model_files": MODEL_FILES,
    "losses": LOSSES,
    "validation_losses": VALIDATION_LOSSES,
    "benchmark_items": BENCHMARK_ITEMS,
    "predictions": PREDICTIONS,
    "scores": SCORES,
    "quarantine": QUARANTINE,
}
