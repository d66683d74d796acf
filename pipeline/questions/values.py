"""From the statements of an entity to what can be asked of them, and to an answer in a language."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, NamedTuple

from pipeline.questions.concept import Concept, Statement
from pipeline.questions.dates import CIRCUMSTANCES, Date, date_of, is_circa, write_date, year_range
from pipeline.questions.families import Family
from pipeline.questions.kinship import Kinship
from pipeline.questions.labels import NO_LABELS, Codes, Labels, usable
from pipeline.questions.language_format import LanguageFormat
from pipeline.questions.living_people import withheld
from pipeline.questions.quantities import Quantity, quantity_of, write_quantity
from pipeline.reading import comparable

MAX_VALUES = 3
INSTANCE_OF = 31
END_TIME = 582
# Qualifiers that take certainty away: circumstances (circa, presumably), nature of the statement, disputed by.
UNCERTAIN = frozenset({CIRCUMSTANCES, 5102, 1310})
# Those that do so for a date besides: earliest, latest, applies to a part.
VAGUE_DATE = UNCERTAIN | {1319, 1326, 518}

# Wikidata's codes for texts in several languages, none, or one that is not known.
_NO_LANGUAGE = frozenset({"mul", "mis", "und", "zxx"})


class SkipReason(StrEnum):
    """Why an entity, a picture and a family gave no question. The closed list of what is counted."""

    NOT_FOR_DOMAIN = "not_for_domain"
    NO_STATEMENT = "no_statement"
    VALUE_UNKNOWN = "value_unknown"
    WRONG_TYPE = "wrong_type"
    VALUE_UNCERTAIN = "value_uncertain"
    PROPERTIES_DISAGREE = "properties_disagree"
    ENDED = "ended"
    REFUSED_VALUE = "refused_value"
    DATE_UNUSABLE = "date_unusable"
    DATE_VAGUE = "date_vague"
    SEVERAL_DATES = "several_dates"
    TOO_MANY_VALUES = "too_many_values"
    NO_LABEL = "no_label"
    ANSWER_IN_QUESTION = "answer_in_question"
    TOO_FEW_DISTRACTORS = "too_few_distractors"
    OVER_CAP = "over_cap"
    SAME_PICTURE = "same_picture"
    LIVING_PERSON = "living_person"
    WORDING_NOT_CHECKED = "wording_not_checked"
    NOTHING_GIVEN = "nothing_given"
    UNIT_UNKNOWN = "unit_unknown"
    OWN_LANGUAGE = "own_language"
    NOT_DRAWN = "not_drawn"
    WORDING_SWITCHED_OFF = "wording_switched_off"


@dataclass(frozen=True)
class Value:
    """One true value: an item with its labels, a date, a quantity, or a text with its language.

    `statement_ids` are the GUIDs that state it.
    """

    statement_ids: tuple[str, ...]
    qid: int | None = None
    labels: Labels = NO_LABELS
    date: Date | None = None
    quantity: Quantity | None = None
    text: str | None = None
    language: str = ""


@dataclass(frozen=True)
class Fact:
    """What a family may ask of an entity, in no language yet.

    Attributes:
        property: the P-number asked for, 0 for the entity's own name.
        values: the best values, distinct, in the order of the dump; one to three.
        true_qids: items that must not be offered as wrong, from statements of every rank.
        kin_qids: those of the properties asked: their ancestors, descendants and parts must not be offered either.
        true_labels: labels of those items.
        true_years: ranges of years that must not be offered as wrong, counted as in `Date.years`.
        true_quantities: those near one of these must not be offered either.
    """

    property: int
    rank: str
    values: tuple[Value, ...]
    true_qids: frozenset[int]
    kin_qids: frozenset[int]
    true_labels: tuple[Labels, ...]
    true_years: tuple[tuple[int, int], ...]
    true_quantities: tuple[Quantity, ...] = ()


class Answer(NamedTuple):
    """A short answer. `label_language` is Wikidata's code of the label used, so `mul` shows a fallback."""

    text: str
    label_language: str
    value_qid: int | None


def fact_of(concept: Concept, image: Mapping[str, Any], family: Family) -> Fact | SkipReason:
    """What the family may ask of a concept shown by an image, or the reason why nothing.

    Args:
        concept: with its statements of the family's properties and of the one that names the picture.
        image: a row of the table `images`, of the same entity.
        family: a template family of the catalogue.
    """
    if family.answer == "entity":
        return _name_fact(concept, image)
    return statement_fact(concept, family)


def statement_fact(concept: Concept, family: Family) -> Fact | SkipReason:
    """What the family may ask of a concept's statements, where it asks of statements."""
    if family.domains and concept.domain not in family.domains:
        return SkipReason.NOT_FOR_DOMAIN
    by_property = concept.by_property
    if not any(number in by_property for number in family.properties):
        return SkipReason.NO_STATEMENT
    private = withheld(concept.statements, family.properties)
    is_withheld = False
    for number in family.properties:
        best = [statement for statement in by_property.get(number, ()) if statement["best"]]
        values = _values(best, family, concept.year)
        if values != SkipReason.NO_STATEMENT and number in private:
            is_withheld, values = True, SkipReason.NO_STATEMENT
        if values != SkipReason.NO_STATEMENT:
            break
    if isinstance(values, SkipReason):
        return SkipReason.LIVING_PERSON if is_withheld and values == SkipReason.NO_STATEMENT else values
    if family.must_agree and not _best_qids(concept, family) <= {value.qid for value in values}:
        return SkipReason.PROPERTIES_DISAGREE
    true = concept.stated(family.true_properties)
    asked = [statement for statement in true if statement["property"] in family.properties]
    ancestors = concept.class_path if INSTANCE_OF in family.true_properties else ()
    years = [year_range(statement) for statement in true]
    return Fact(
        number, best[0]["rank"], values, _qids(true) | family.refused | frozenset(ancestors),
        _qids(asked) - family.refused,
        tuple({statement["qid"]: statement["value_labels"] for statement in true if statement["qid"]}.values()),
        tuple(span for span in years if span is not None),
        tuple(found for statement in true if (found := quantity_of(statement)) is not None),
    )  # fmt: skip


def given_of(concept: Concept, family: Family, fact: Fact) -> Value | SkipReason | None:
    """The second fact that the question tells: one value of the first property that has any; None if it tells none.

    NOTHING_GIVEN where there is none, where it has several, or where it is itself what is asked for.
    """
    if not family.given:
        return None
    private = withheld(concept.statements, family.given)
    for number in family.given:
        best = [statement for statement in concept.by_property.get(number, ()) if statement["best"]]
        values = _values(best, family, concept.year) if number not in private else ()
        if isinstance(values, tuple) and values:
            told = values[0]
            asked = {value.qid for value in fact.values}
            return told if len(values) == 1 and told.qid not in asked else SkipReason.NOTHING_GIVEN
    return SkipReason.NOTHING_GIVEN


def _qids(statements: Iterable[Statement]) -> frozenset[int]:
    return frozenset(statement["qid"] for statement in statements if statement["qid"] is not None)


def _best_qids(concept: Concept, family: Family) -> frozenset[int]:
    """What all properties of the family say now."""
    said = (row for row in concept.stated(family.properties) if row["best"])
    return _qids(row for row in said if END_TIME not in _qualifiers(row)) - family.refused


def _name_fact(concept: Concept, image: Mapping[str, Any]) -> Fact | SkipReason:
    # What says that this picture shows this entity is the statement that names the picture.
    guid = image["statement_id"]
    ranks = [statement["rank"] for statement in concept.statements if statement["statement_id"] == guid]
    if not ranks:
        return SkipReason.NO_STATEMENT
    value = Value((guid,), concept.qid, concept.labels)
    itself = frozenset({concept.qid})
    # What the entity points to (its class, what it depicts, what it is said to be the same as) may be in the picture.
    return Fact(0, ranks[0], (value,), itself | concept.linked, itself, (concept.labels,), ())


def _values(best: Sequence[Statement], family: Family, last_year: int) -> tuple[Value, ...] | SkipReason:
    if not best or all(statement["snaktype"] == "novalue" for statement in best):
        return SkipReason.NO_STATEMENT
    if any(statement["snaktype"] != "value" for statement in best):
        return SkipReason.VALUE_UNKNOWN
    current = [statement for statement in best if END_TIME not in _qualifiers(statement)]
    if not current:
        return SkipReason.ENDED
    if family.answer == "time":
        return _dates(current, last_year)
    if family.answer == "text":
        return _texts(current)
    return _quantities(current) if family.answer == "quantity" else _items(current, family)


def _qualifiers(statement: Statement) -> set[int]:
    return {qualifier["property"] for qualifier in statement["qualifiers"] or ()}


def _dates(statements: Sequence[Statement], last_year: int) -> tuple[Value, ...] | SkipReason:
    if any(statement["type"] != "time" for statement in statements):
        return SkipReason.WRONG_TYPE
    # A date that is circa by all of its statements is said to be so; by one of them, it is not clear which holds.
    circa = {is_circa(statement) for statement in statements}
    sayable = frozenset({CIRCUMSTANCES}) if circa == {True} else frozenset()
    if any(VAGUE_DATE - sayable & _qualifiers(statement) for statement in statements):
        return SkipReason.DATE_VAGUE
    dates = {date_of(statement) for statement in statements}
    date = dates.pop()
    if dates:
        return SkipReason.SEVERAL_DATES
    if date is None or date.years[0] >= last_year:
        return SkipReason.DATE_UNUSABLE
    return (Value(tuple(statement["statement_id"] for statement in statements), date=date),)


def _quantities(statements: Sequence[Statement]) -> tuple[Value, ...] | SkipReason:
    if any(statement["type"] != "quantity" for statement in statements):
        return SkipReason.WRONG_TYPE
    if any(VAGUE_DATE & _qualifiers(statement) for statement in statements):
        return SkipReason.VALUE_UNCERTAIN
    quantities = [quantity_of(statement) for statement in statements]
    if len(set(quantities)) > 1:
        return SkipReason.TOO_MANY_VALUES
    if quantities[0] is None:
        return SkipReason.UNIT_UNKNOWN
    return (Value(tuple(statement["statement_id"] for statement in statements), quantity=quantities[0]),)


def _texts(statements: Sequence[Statement]) -> tuple[Value, ...] | SkipReason:
    texts = {(statement["text"], statement["language"]) for statement in statements}
    if any(statement["type"] != "monolingualtext" for statement in statements) or (None, None) in texts:
        return SkipReason.WRONG_TYPE
    if len(texts) > 1:
        return SkipReason.TOO_MANY_VALUES
    text, language = texts.pop()
    # `und` and the like name no language.
    if not usable(text) or language in _NO_LANGUAGE:
        return SkipReason.WRONG_TYPE
    return (Value(tuple(statement["statement_id"] for statement in statements), text=text, language=language),)


def _items(statements: Sequence[Statement], family: Family) -> tuple[Value, ...] | SkipReason:
    found: dict[int, list[Statement]] = {}
    for statement in statements:
        if statement["type"] != "wikibase-entityid" or statement["qid"] is None:
            return SkipReason.WRONG_TYPE
        if UNCERTAIN & _qualifiers(statement):
            return SkipReason.VALUE_UNCERTAIN
        if statement["qid"] not in family.refused:
            found.setdefault(statement["qid"], []).append(statement)
    if not found:
        return SkipReason.REFUSED_VALUE
    if len(found) > MAX_VALUES:
        return SkipReason.TOO_MANY_VALUES
    return tuple(
        Value(tuple(statement["statement_id"] for statement in same), qid, same[0]["value_labels"])
        for qid, same in found.items()
    )


def most_specific(fact: Fact, kinship: Kinship) -> Fact:
    """The fact without values that another of its values is a kind or a part of: temple beside Buddhist temple."""
    above = set().union(*(kinship.ancestors(value.qid) for value in fact.values if value.qid is not None))
    # In a circle of classes each stands above the other; then all stay.
    kept = tuple(value for value in fact.values if value.qid not in above)
    return replace(fact, values=kept or fact.values)


def answer_of(values: Sequence[Value], codes: Codes, style: LanguageFormat) -> Answer | None:
    """All values as one short answer, or None where one of them has no label in the language or in `mul`.

    Of several labels, the code of the one furthest down the fallback order is recorded.
    """
    if len(values) == 1 and values[0].qid is not None:
        label = values[0].labels.best(codes)
        return None if label is None else Answer(*label, values[0].qid)
    labels: list[tuple[str, str]] = []
    qids: list[int | None] = []
    for value in values:
        if value.date is not None:
            label = (write_date(value.date, style), codes[0])
        elif value.quantity is not None:
            label = (write_quantity(value.quantity, style), codes[0])
        elif value.text is not None:
            label = (unicodedata.normalize("NFC", value.text.strip()), value.language)
        else:
            label = value.labels.best(codes)
        if label is None:
            return None
        labels.append(label)
        qids.append(value.qid)
    furthest = max((code for _, code in labels), key=lambda code: codes.index(code) if code in codes else 0)
    # A town and its municipality often share a name; nobody says it twice.
    texts: dict[str, str] = {}
    for text, _ in labels:
        texts.setdefault(comparable(text), text)
    return Answer(style.join(list(texts.values())), furthest, qids[0] if len(qids) == 1 else None)
