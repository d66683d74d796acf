"""What a partition's concepts lead to: the pictures that they name, described, judged by their pages, and obtained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pipeline.commons.choice import Candidate, candidates, collections
from pipeline.commons.collection import Collection
from pipeline.commons.decoder import lent
from pipeline.commons.fetch import CommonsClient, CommonsSettings
from pipeline.commons.members import members
from pipeline.commons.mirrors import Mirrors
from pipeline.commons.obtain import File, Obtainer, Row, making
from pipeline.commons.picture import FileInfo, PictureError
from pipeline.commons.respect import LeftOut, Subject, by_metadata, subject_of
from pipeline.commons.settings import Images
from pipeline.commons.shared_governor import cluster_governor
from pipeline.picture_store import PictureStore
from pipeline.storage import Storage
from pipeline.takedown import Tombstones


@dataclass
class Gathered:
    """What came of a partition's concepts.

    Attributes:
        named: the candidates of all concepts, best first of each.
        subjects: concepts by their Q-number.
        left_out: what is not to be shown for a concept, by Q-number and title.
        files: what came of the others, by title.
        failed: questions about collections that were not answered, by what was asked.
        sources: what the pictures were made of, for `PictureStore.gather`.
        num_bytes: bytes that came over the wire.
        stored_bytes: bytes of pictures that were stored.
    """

    named: list[Candidate] = field(default_factory=list)
    subjects: dict[int, Subject] = field(default_factory=dict)
    left_out: dict[tuple[int, str], LeftOut] = field(default_factory=dict)
    files: dict[str, File] = field(default_factory=dict)
    failed: dict[str, PictureError] = field(default_factory=dict)
    sources: list[bytes] = field(default_factory=list)
    num_bytes: int = 0
    stored_bytes: int = 0


def client_settings(config: Images) -> CommonsSettings:
    """How Commons is asked."""
    return CommonsSettings(
        api_url=config.api_url,
        upload_url=config.upload_url,
        user_agent=config.user_agent,
        width=config.thumbnail_px,
        max_bytes=config.max_bytes,
        timeout_s=config.timeout_s,
        max_attempts=config.max_attempts,
        connections=config.connections,
        requests_per_s=config.requests_per_s,
        bytes_per_s=config.mbit_per_s * 1e6 / 8,
    )


async def gather(
    concepts: Sequence[Row], config: Images, output: Storage, pictures: PictureStore, gone: Tombstones
) -> Gathered:
    """Ask Commons about the pictures of concepts, and fetch and store those that are wanted and not there yet.

    Args:
        concepts: rows of the table `concepts`: qid, domain, class_path, labels, statements.
        config: the settings of the stage.
        output: where the governor of a cluster keeps its state.
        pictures: the store.
        gone: what was taken down.

    Raises:
        SourceUnavailable: Commons or a mirror as a whole does not answer.
        StorageError: a picture could not be stored.
    """
    settings = client_settings(config)
    # A worker that was silent for two attempts is dead.
    shared = cluster_governor(settings.limits(), output, 2 * config.timeout_s)
    found = Gathered(subjects={concept["qid"]: subject_of(concept) for concept in concepts})
    async with CommonsClient(settings, governor=shared) as client, Mirrors(config, output) as mirrors:
        collected = await _members(client, concepts, config, found)
        for concept in concepts:
            found.named += candidates(concept, config.max_per_entity, collected)
        wanted = [
            candidate
            for candidate in found.named
            if candidate.instead is None and not gone.covers(candidate.qid, title=candidate.title)
        ]
        infos = await client.describe([candidate.title for candidate in wanted])
        found.left_out = _left_out(wanted, infos, found.subjects, config)
        kept = [each.title for each in wanted if (each.qid, each.title) not in found.left_out]
        # Each file once, however many titles and entities lead to it.
        files = {info.title: info for title in kept if isinstance(info := infos[title], FileInfo)}
        with lent(making(config)) as decoder:
            obtainer = Obtainer(config, client, mirrors, decoder, pictures, gone)
            obtained, found.sources = await obtainer.obtain(list(files.values()))
            found.stored_bytes = obtainer.stored_bytes
        for title in kept:
            info = infos[title]
            found.files[title] = obtained[info.title] if isinstance(info, FileInfo) else info
        found.num_bytes = client.num_bytes + mirrors.num_bytes
    return found


def _left_out(
    wanted: Sequence[Candidate],
    infos: Mapping[str, FileInfo | PictureError],
    subjects: Mapping[int, Subject],
    config: Images,
) -> dict[tuple[int, str], LeftOut]:
    """By concept, as a file may be fit to stand for one and not for another."""
    left_out = {}
    for candidate in wanted:
        info = infos[candidate.title]
        if isinstance(info, PictureError):
            continue
        subject, restrictions = subjects[candidate.qid], info.licence.restrictions
        out = by_metadata(info.title, info.categories, restrictions, subject, config.respect)
        if out is not None:
            left_out[candidate.qid, candidate.title] = out
    return left_out


async def _members(
    client: CommonsClient, concepts: Sequence[Row], config: Images, found: Gathered
) -> dict[Collection, list[str]]:
    """Files of the collections of concepts whose statements name too few."""
    if config.max_per_category == 0:
        return {}
    wanted = [
        (concept["qid"], collection)
        for concept in concepts
        for collection in collections(concept, config.max_per_entity)
    ]
    answers = await members(client, [collection for _, collection in wanted], config.max_per_category)
    for qid, collection in wanted:
        answer = answers[collection]
        if isinstance(answer, PictureError):
            found.failed[f"Q{qid} {collection}"] = answer
    return {collection: titles for collection, titles in answers.items() if not isinstance(titles, PictureError)}
