"""The command line `culturalground`: every command of it, from `run` to `calibrate`."""

from __future__ import annotations

import argparse
import re
import shutil
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from jobs.calibrate import calibrate_judge
from jobs.chain import STAGES, run, survey
from jobs.checks import verify
from jobs.diff import add_arguments as add_diff_arguments
from jobs.evaluate import add_arguments as add_evaluate_arguments
from jobs.export import add_arguments as add_export_arguments
from jobs.import_data import add_arguments as add_import_arguments
from jobs.planning import add_arguments as add_plan_arguments
from jobs.publish import add_arguments as add_publish_arguments
from jobs.review import review
from jobs.run_config import RunConfig, load_config
from jobs.status_shown import add_arguments as add_status_arguments
from jobs.trace import trace
from pipeline.commons.picture import PictureError
from pipeline.commons.profiles import check_contact
from pipeline.commons.urls import normalise_title
from pipeline.config import COUNTRY_KEYS, LANGUAGE_CODES
from pipeline.errors import UserError
from pipeline.picture_store import PictureStore
from pipeline.storage import open_storage
from pipeline.takedown import FOLDER as TOMBSTONES
from pipeline.takedown import Tombstones, take_down
from pipeline.wikidata.choice.countries import direct
from pipeline.wikidata.estimate import estimate, report
from pipeline.wikidata.sparql.service import Service
from pipeline.wikidata.sparql.snapshot import Snapshot


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; 0 is success, 1 a failed verification or a difference, 2 an error that the user can mend.

    130 and 143: it was told to stop by Ctrl-C, or by SIGTERM, as a job is that is stopped and a machine that goes away.
    """
    options = build_parser().parse_args(arguments)
    command: Callable[..., int] = options.command
    try:
        with _told_to_leave():
            # A command without --config works on what is named on its line.
            config = [load_config(options.config, _overrides(options))] if "config" in options else []
            return command(*config, options)
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except (KeyboardInterrupt, SystemExit) as stopped:
        print("stopped; committed work is kept, the same command goes on from there", file=sys.stderr)
        return 128 + (signal.SIGINT if isinstance(stopped, KeyboardInterrupt) else signal.SIGTERM)


@contextmanager
def _told_to_leave() -> Iterator[None]:
    """SIGTERM raises SystemExit, so that what is at work is stopped and leases are given back."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def build_parser() -> argparse.ArgumentParser:
    """Every command with all that it takes; `command` of what it parses does the work."""
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--config", required=True, help="the run, as YAML: configs/debug.yaml")
    common.add_argument("--set", action="append", default=[], metavar="A.B=VALUE", help="change one setting")
    parser = argparse.ArgumentParser(prog="culturalground", description="Wikidata and Commons to CulturalGround.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    running = commands.add_parser("run", parents=[common], help="do what is not done yet")
    running.add_argument("--from", dest="first", choices=STAGES, default=STAGES[0], help="first stage to run")
    running.add_argument("--to", dest="last", choices=STAGES, default=STAGES[-1], help="last stage to run")
    running.add_argument("--only", choices=STAGES, help="run one stage")
    running.add_argument("--local", action="store_true", help="in this process, without Ray")
    running.add_argument("--limit", type=int, metavar="N", help="look at the first N candidate entities only")
    running.add_argument("--retry-quarantined", choices=STAGES, metavar="STAGE", help="do again what was set aside")
    running.set_defaults(command=_run)

    extracting = commands.add_parser("extract", parents=[common], help="the dump to entities, labels and edges")
    extracting.add_argument("--estimate", metavar="FILE", help="only say what FILE would take and give, from samples")
    extracting.add_argument("--local", action="store_true", help="in this process, without Ray")
    extracting.set_defaults(command=_extract)

    asking = commands.add_parser("sparql", parents=[common], help="a small dump of some entities, asked of a service")
    asking.add_argument(
        "--country",
        action="append",
        default=[],
        choices=COUNTRY_KEYS,
        metavar="KEY",
        help="all its items with a picture",
    )
    asking.add_argument(
        "--in-class",
        action="append",
        default=[],
        type=_item,
        metavar="QID",
        help="of a country only those of this class",
    )
    asking.add_argument("--item", action="append", default=[], type=_item, metavar="QID", help="this item too")
    asking.add_argument("--out", required=True, type=Path, metavar="FILE.json.gz", help="the dump that is written")
    asking.set_defaults(command=_sparql)

    add_plan_arguments(commands.add_parser("plan", parents=[common], help="what the run would make, take and cost"))
    add_status_arguments(commands.add_parser("status", parents=[common], help="how far the run is"))
    checking = commands.add_parser("verify", parents=[common], help="recount from storage")
    checking.add_argument("--to", dest="last", choices=STAGES, default=STAGES[-1], help="last stage to check")
    checking.set_defaults(command=verify)
    removing = commands.add_parser("takedown", parents=[common], help="remove pictures and all samples made of them")
    removing.add_argument("--file", action="append", default=[], metavar="TITLE", help="a file of Commons")
    removing.add_argument("--sha256", action="append", default=[], type=_digest, metavar="HEX", help="a stored picture")
    removing.add_argument("--qid", action="append", default=[], type=_item, metavar="QID", help="all of an entity")
    removing.add_argument("--reason", default="", metavar="TEXT", help="kept in the tombstone")
    removing.set_defaults(command=_takedown)
    compacting = commands.add_parser("compact", parents=[common], help="merge the small packs of the picture store")
    compacting.set_defaults(command=_compact)
    tracing = commands.add_parser("trace", parents=[common], help="one item from dump to prediction")
    tracing.add_argument("qa_id", type=int, help="the item, as in column qa_id of the index")
    tracing.set_defaults(command=_trace)
    add_diff_arguments(commands.add_parser("diff", help="what changed between two runs"))
    add_export_arguments(commands.add_parser("export", parents=[common], help="the data set for another tool to load"))
    add_import_arguments(commands.add_parser("import", help="published data into shards and index, to train on"))
    add_publish_arguments(commands.add_parser("publish", help="an export, to a hub or a bucket"))
    add_evaluate_arguments(commands.add_parser("evaluate", help="benchmarks: a list, a check of copies, their keys"))
    reviewing = commands.add_parser("review", parents=[common], help="sheets for native speakers, and their verdicts")
    reviewing.add_argument("--language", choices=LANGUAGE_CODES, metavar="CODE", help="make a sheet in this language")
    reviewing.add_argument("--n", dest="num", type=int, default=100, metavar="N", help="questions of the sheet")
    reviewing.add_argument("--seed", type=int, default=0, metavar="N", help="another one draws other questions")
    reviewing.add_argument(
        "--import", dest="sheets", nargs="+", type=Path, default=[], metavar="FILE.csv", help="sheets that came back"
    )
    reviewing.add_argument("--into", metavar="PLACE", help="folder of the sheet, or file of all verdicts")
    reviewing.set_defaults(command=review)
    calibrating = commands.add_parser("calibrate", parents=[common], help="what the judge's verdicts are worth")
    calibrating.add_argument("--verdicts", metavar="FILE.csv", help="of reviewers; else questions.verdicts")
    calibrating.add_argument("--precision", type=float, default=0.9, metavar="SHARE", help="wanted of what is kept")
    calibrating.add_argument("--json", type=Path, metavar="FILE", help="write the table as JSON too")
    calibrating.set_defaults(command=calibrate_judge)
    return parser


def _overrides(options: argparse.Namespace) -> list[str]:
    limit = getattr(options, "limit", None)
    return [*options.set, *([f"select.limit={limit}"] if limit is not None else [])]


def _run(config: RunConfig, options: argparse.Namespace) -> int:
    first, last = (options.only, options.only) if options.only else (options.first, options.last)
    if STAGES.index(first) > STAGES.index(last):
        raise UserError(f"--from {first} comes after --to {last}")
    outputs = run(config, first=first, last=last, local=options.local, retry_quarantined=options.retry_quarantined)
    print(outputs[last].directory.uri)
    return 0


def _extract(config: RunConfig, options: argparse.Namespace) -> int:
    if options.estimate is None:
        print(run(config, first="extract", last="extract", local=options.local)["extract"].directory.uri)
        return 0
    for line in report(options.estimate, estimate(options.estimate, config.extract)):
        print(line)
    return 0


def _sparql(config: RunConfig, options: argparse.Namespace) -> int:
    if not (options.country or options.item):
        raise UserError("--country or --item: name at least one")
    if not options.out.name.endswith(".json.gz"):
        raise UserError(f"--out {options.out}: must end in .json.gz")
    endpoint, agent = config.extract.sparql_endpoint, config.images.user_agent
    check_contact(endpoint, agent)
    kept = options.out.with_name(f"{options.out.name}.answers")
    snapshot = Snapshot(Service(endpoint, agent, kept=kept), config.extract.edge_properties)
    found = snapshot.find(options.country, direct(config.extract.country_properties), options.in_class)
    snapshot.add(sorted({*found, *options.item}))
    print(f"{options.out}: {snapshot.write(options.out):,} entities; extract.dump=[{options.out}] goes on with them")
    shutil.rmtree(kept, ignore_errors=True)
    return 0


def _digest(text: str) -> str:
    if not re.fullmatch(r"[0-9a-f]{64}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is no SHA-256 of 64 hex digits, as column sha256 has them")
    return text


def _item(text: str) -> int:
    if not re.fullmatch(r"Q[1-9]\d*", text):
        raise argparse.ArgumentTypeError(f"{text!r} is no item; they are written Q42")
    return int(text[1:])


def _trace(config: RunConfig, options: argparse.Namespace) -> int:
    for line in trace(config, options.qa_id):
        print(line)
    return 0


def _takedown(config: RunConfig, options: argparse.Namespace) -> int:
    if not (options.file or options.sha256 or options.qid):
        raise UserError("--file, --sha256 or --qid: name at least one")
    try:
        titles = frozenset(map(normalise_title, options.file))
    except PictureError as error:
        raise UserError(f"--file: {error.detail}") from error
    storage = open_storage(config.output)
    given = Tombstones(frozenset(options.sha256), titles, frozenset(options.qid))
    complete = {stage.name for stage in survey(config) if stage.output is not None}
    done = take_down(storage, given, options.reason, config.cluster.lease_s)
    print(
        f"{len(done.digests)} pictures gone, {done.num_packs} packs of the store and {done.num_shards} shards held "
        f"them; {storage.uri}/{TOMBSTONES} keeps later runs from fetching them"
    )
    if done.num_shards and "assemble" in complete:
        run(config, first="assemble", last="assemble", local=True)
    elif done.num_shards:
        print("the shards that held them are made again by the next run")
    return 0


def _compact(config: RunConfig, options: argparse.Namespace) -> int:
    before, after = PictureStore(open_storage(config.output)).compact()
    print(f"packs of pictures: {before:,} before, {after:,} now")
    return 0


if __name__ == "__main__":
    sys.exit(main())
