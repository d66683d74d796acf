"""A repository of a hub as the place of a publication.

`huggingface_hub` does the talking. Files go the way of Git LFS, as open files: of any size, from a folder or a bucket,
a block at a time. What the hub has is known by the listing of its tree, which tells the SHA-256 of a large file and the
git blob id of a small one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import cache

import httpx2
from huggingface_hub import (
    CommitOperationAdd,
    CommitOperationDelete,
    HfApi,
    constants,
    get_token,
    hf_hub_url,
    set_client_factory,
)
from huggingface_hub.errors import LocalTokenNotFoundError
from huggingface_hub.hf_api import RepoFile
from huggingface_hub.utils import build_hf_headers, disable_progress_bars, hf_raise_for_status, http_backoff
from huggingface_hub.utils import logging as hub_logging
from huggingface_hub.utils._http import default_client_factory

from pipeline.commit import MANIFEST
from pipeline.dataset.publish.address import MAIN, HubAddress
from pipeline.dataset.publish.contents import READ_AT_ONCE, Contents, File
from pipeline.dataset.publish.hub_answers import explained, patiently
from pipeline.dataset.publish.hub_files import FILES_PER_COMMIT, addition, batches, is_there
from pipeline.dataset.publish.place import STATE, Place, read_record, wanted_records
from pipeline.dataset.publish.sent_file import SentFile
from pipeline.errors import UserError
from pipeline.progress import ByteProgress
from pipeline.storage import Storage

KIND = "dataset"
# A commit of many files takes the hub up to a minute.
TIMEOUT = httpx2.Timeout(300.0, connect=15.0)
_PATHS_AT_ONCE = 500


class Hub(Place):
    """A branch of a repository of data; both are made if they are not there.

    Args:
        address: which.
        message: title of the commits.
        private: make the repository private, or refuse one that is public.
        endpoint: of the hub; None is the public one, or HF_ENDPOINT.
    """

    def __init__(
        self, address: HubAddress, message: str, *, private: bool = False, endpoint: str | None = None
    ) -> None:
        self.uri = address.uri
        self._address, self._message, self._private = address, message, private
        _set_up_client()
        self._token = get_token()
        self._api = HfApi(endpoint=endpoint, token=self._token)
        self._repo = address.repo

    def open(self) -> Mapping[str, Contents]:
        with explained(self.uri):
            if self._token is None:
                raise LocalTokenNotFoundError
            self._check_token(patiently(self._api.whoami))
            private = True if self._private else None
            patiently(lambda: self._api.create_repo(self._repo, repo_type=KIND, private=private, exist_ok=True))
            if self._private and not patiently(lambda: self._api.repo_info(self._repo, repo_type=KIND)).private:
                raise UserError(f"--to {self.uri}: is public; make it private on the hub, or leave --private out")
            branch = self._address.branch
            if branch != MAIN:
                patiently(lambda: self._api.create_branch(self._repo, branch=branch, repo_type=KIND, exist_ok=True))
            paths = [path for path in self._tree() if path == MANIFEST or path.startswith(STATE)]
            return {path: read_record(self.uri, path, self._read) for path in paths}

    def missing(self, source: Storage, files: Sequence[File]) -> list[File]:
        with explained(self.uri):
            tree = self._tree()
            return [file for file in files if not is_there(addition(source, file), tree.get(file.path))]

    def begin(self, contents: Contents, records: Mapping[str, Contents]) -> None:
        with explained(self.uri):
            wanted = [CommitOperationAdd(path, data) for path, data in wanted_records(contents, records).items()]
            self._commit(wanted, [MANIFEST])

    def send(self, source: Storage, files: Sequence[File]) -> None:
        progress = ByteProgress("publish", sum(file.size for file in files))
        try:
            with explained(self.uri):
                for batch in batches(files):
                    self._send(source, batch, progress)
        except BaseException:
            progress.finish("stopped")
            raise
        progress.finish("done")

    def problems(self, source: Storage, files: Sequence[File]) -> list[str]:
        with explained(self.uri):
            tree = self._tree()
            found = []
            for file in files:
                entry = tree.get(file.path)
                if entry is None:
                    found.append(f"{file.path} is not there (does a .gitignore of the repository name it?)")
                elif not is_there(addition(source, file), entry):
                    found.append(f"{file.path} has other bytes there ({entry.size:,} of {file.size:,} bytes)")
            return found

    def finish(self, contents: Contents, stale: Collection[str]) -> None:
        with explained(self.uri):
            tree = self._tree()
            adding = [CommitOperationAdd(MANIFEST, contents.manifest)]
            gone = sorted(path for path in stale if path in tree)
            # The manifests of earlier publications go last: they tell which files are stale.
            records = [path for path in tree if path.startswith(STATE)]
            for start in range(0, len(gone), FILES_PER_COMMIT):
                self._commit(adding, gone[start : start + FILES_PER_COMMIT])
            self._commit(adding, records)

    def _check_token(self, user: Mapping[str, object]) -> None:
        match user:
            case {"auth": {"accessToken": {"role": "read"}}}:
                raise UserError(f"--to {self.uri}: the token may only read; take one with write access")

    def _send(self, source: Storage, files: Sequence[File], progress: ByteProgress) -> None:
        sent = {file.path: SentFile(source, file, progress.add) for file in files}
        adding = [addition(source, file, sent[file.path]) for file in files]
        self._api.preupload_lfs_files(
            self._repo,
            adding,
            repo_type=KIND,
            revision=self._address.branch,
            num_threads=READ_AT_ONCE,
            free_memory=False,
        )
        # Large files have been read now, small ones are when the commit is made.
        for each in sent.values():
            each.check()
        self._commit(adding, [])
        for file in files:
            sent[file.path].check()
            progress.keep(file.size - sent[file.path].num_read)

    def _commit(self, adding: Sequence[CommitOperationAdd], deleting: Sequence[str]) -> None:
        """One commit of what is not so yet; a repeated one finds what the lost answer was about."""

        def commit() -> None:
            tree = self._of([*(each.path_in_repo for each in adding), *deleting])
            added = [each for each in adding if not is_there(each, tree.get(each.path_in_repo))]
            deleted = [CommitOperationDelete(path, is_folder=False) for path in deleting if path in tree]
            if added or deleted:
                self._api.create_commit(
                    self._repo,
                    [*added, *deleted],
                    commit_message=self._message,
                    repo_type=KIND,
                    revision=self._address.branch,
                )

        patiently(commit)

    def _tree(self) -> dict[str, RepoFile]:
        found = self._api.list_repo_tree(self._repo, recursive=True, revision=self._address.branch, repo_type=KIND)
        return {each.path: each for each in found if isinstance(each, RepoFile)}

    def _of(self, paths: Sequence[str]) -> dict[str, RepoFile]:
        """The part of the tree that is about these paths."""
        found = [
            each
            for start in range(0, len(paths), _PATHS_AT_ONCE)
            for each in self._api.get_paths_info(
                self._repo, list(paths[start : start + _PATHS_AT_ONCE]), revision=self._address.branch, repo_type=KIND
            )
        ]
        return {each.path: each for each in found if isinstance(each, RepoFile)}

    def _read(self, path: str) -> bytes:
        url = hf_hub_url(self._repo, path, repo_type=KIND, revision=self._address.branch, endpoint=self._api.endpoint)
        answer = http_backoff("GET", url, headers=build_hf_headers(token=self._token))
        hf_raise_for_status(answer)
        return answer.content


@cache
def _set_up_client() -> None:
    """For the whole process: the client knows no other way."""
    # Xet takes files by their path only, and speaks a protocol for which tests have no server.
    constants.HF_HUB_DISABLE_XET = True
    disable_progress_bars()
    hub_logging.set_verbosity_error()
    # The client itself would wait for ever for a server that has gone silent.
    set_client_factory(_client)


def _client() -> httpx2.Client:
    client = default_client_factory()
    client.timeout = TIMEOUT
    return client
