"""`culturalground publish`: a finished export, to where others get it."""

from __future__ import annotations

import argparse
import os

from pipeline.dataset.publish.address import PREFIX, parse_hub
from pipeline.dataset.publish.bucket import Bucket
from pipeline.dataset.publish.place import Place
from pipeline.dataset.publish.run import publish
from pipeline.errors import UserError
from pipeline.storage import open_storage

MESSAGE = "Publish an export of CulturalGround"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `culturalground publish` takes; it needs no config."""
    parser.add_argument(
        "--from", dest="source", required=True, metavar="PLACE", help="a finished export: folder or s3://bucket/prefix"
    )
    parser.add_argument(
        "--to", required=True, metavar="PLACE", help="hub:datasets/OWNER/NAME[@BRANCH] or s3://bucket/prefix"
    )
    parser.add_argument("--private", action="store_true", help="hub: a repository that only its owner sees")
    parser.add_argument("--message", metavar="TEXT", help="hub: title of the commits")
    parser.set_defaults(command=publish_export)


def publish_export(options: argparse.Namespace) -> int:
    """Publish what `culturalground export` made.

    Raises:
        UserError: source or place refuse.
    """
    place = _place(options)
    done = publish(open_storage(options.source), place)
    print(
        f"{place.uri}: {done.num_files:,} files, {done.size / 1e6:,.1f} MB, all verified; {done.num_sent:,} sent, "
        f"{done.num_deleted:,} of earlier publications deleted"
    )
    if done.num_deleted and options.to.startswith(PREFIX):
        print("older commits on the hub still have what was deleted: docs/publishing.md says how to remove it there")
    return 0


def _place(options: argparse.Namespace) -> Place:
    if options.to.startswith(PREFIX):
        from pipeline.dataset.publish.hub import Hub

        message = options.message or MESSAGE
        return Hub(parse_hub(options.to), message, private=options.private, endpoint=os.environ.get("HF_ENDPOINT"))
    if not options.to.startswith("s3://"):
        raise UserError(f"--to {options.to}: write hub:datasets/OWNER/NAME[@BRANCH] or s3://bucket/prefix")
    if options.private or options.message is not None:
        raise UserError("--private, --message: only a hub knows them; leave them out for a bucket")
    return Bucket(open_storage(options.to))
