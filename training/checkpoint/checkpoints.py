"""Saving while training goes on, and loading at any world size."""

from __future__ import annotations

import copy
import sys
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from datetime import timedelta
from functools import partial
from types import TracebackType
from typing import Any, TypeVar

import torch
import torch.distributed as dist
from torch.distributed.checkpoint.api import CheckpointException
from torch.distributed.checkpoint.metadata import Metadata
from torch.distributed.checkpoint.staging import DefaultStager, StagingOptions
from torch.distributed.checkpoint.state_dict_loader import load
from torch.distributed.checkpoint.state_dict_saver import async_save, save
from torch.optim import Optimizer

from pipeline.errors import StorageError, UserError
from pipeline.storage import Storage
from training.checkpoint.reader import ObjectReader, content_of
from training.checkpoint.records import File, commit, files_of, folder_of, last, prune
from training.checkpoint.state import restore, state_of
from training.checkpoint.trusted import PlainPlanner, metadata_of
from training.checkpoint.writer import METADATA, ObjectWriter

MAX_FAILURES = 3
# Ranks wait for the slowest one's storage; one that died is noticed by its closed connection, not by this.
_PATIENCE = timedelta(hours=4)
_PATIENCE_AFTER_ERROR_S = 600.0

T = TypeVar("T")


class Checkpoints:
    """The checkpoints of a run; every rank has one, and all call the same methods in the same order.

    As a context it waits for the save that is under way; when training ends by an error, ten minutes at most.

    Args:
        output: the training's directory.
        keep: how many of the newest are kept.
        asynchronous: copy the state to host memory and store it while training goes on; otherwise training waits, and
            host memory need not hold a copy.
        max_failures: so many saves in a row may be refused by the storage before training stops.
    """

    def __init__(
        self, output: Storage, keep: int, *, asynchronous: bool = True, max_failures: int = MAX_FAILURES
    ) -> None:
        self._output, self._keep, self._max_failures = output, keep, max_failures
        # A group of its own: a save's collectives run in another thread, beside those of the training.
        self._group = dist.new_group(backend="gloo", timeout=_PATIENCE)
        self._name, self._num_saves = self._from_rank_0(lambda: uuid.uuid4().hex[:12]), 0
        on_gpu = torch.cuda.is_available()
        # Its buffers are kept from save to save: to map fresh memory takes longer than the copy.
        options = StagingOptions(
            use_pinned_memory=on_gpu, use_shared_memory=False, use_async_staging=False, use_non_blocking_copy=on_gpu
        )
        self._stager = DefaultStager(options) if asynchronous else None
        self._pending: Future[Any] | None = None
        self._num_failed = 0

    def __enter__(self) -> Checkpoints:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self.wait()
            elif self._pending is not None:
                with suppress(TimeoutError):
                    self._pending.exception(_PATIENCE_AFTER_ERROR_S)
        finally:
            if self._stager:
                self._stager.close()
            dist.destroy_process_group(self._group)

    def last(self) -> dict[str, Any] | None:
        """The record of the newest whole checkpoint, the same on every rank: `step` and the facts given to `save`."""
        self._settle()
        return self._from_rank_0(lambda: last(self._output))

    def load(self, step: int, model: Any, optimizer: Optimizer) -> None:
        """Bring model and optimizer to the state after `step` steps, at any world size.

        Raises:
            StorageError: a file cannot be read or is not what was written; on every rank.
        """
        self._settle()
        name, files, metadata = self._from_rank_0(lambda: self._opened(step))
        state = state_of(model, optimizer)
        reader = ObjectReader(self._output.child(name), files, metadata)
        try:
            load(state, storage_reader=reader, planner=PlainPlanner(), process_group=self._group)
        except CheckpointException as error:
            raise _explained(error) from error
        restore(model, optimizer, state)

    def save(self, step: int, model: Any, optimizer: Optimizer, facts: Mapping[str, Any]) -> float:
        """Write the state after `step` steps, once the save before has ended.

        A save that the storage refuses is told of and leaves what was whole as it was; training goes on.

        Args:
            step: steps done.
            model: sharded.
            optimizer: of its trainable parameters, with state for each.
            facts: JSON that is stored with the record, such as the losses so far; a list may grow afterwards.

        Returns:
            Seconds that the training stood still.

        Raises:
            StorageError: this many saves in a row have been refused; on every rank.
        """
        started = time.monotonic()
        self._settle()
        self._num_saves += 1
        attempt = f"{self._name}-{self._num_saves}"
        kept = {name: copy.copy(fact) for name, fact in facts.items()}
        writer = ObjectWriter(
            self._output.child(folder_of(step, attempt)), partial(self._commit, step, attempt, facts=kept)
        )
        self._pending = self._begin(state_of(model, optimizer), writer)
        if dist.get_rank() == 0:
            self._pending.add_done_callback(partial(_tell, step))
        return time.monotonic() - started

    def wait(self) -> None:
        """Return when the newest save is whole.

        Raises:
            StorageError: it was refused; on every rank.
        """
        self._settle()
        if self._num_failed:
            raise StorageError(
                f"{self._output.uri}: the last checkpoint could not be stored, as told above; mend that and run "
                "again: training goes on from the newest whole one"
            )

    def _opened(self, step: int) -> tuple[str, dict[str, File], Metadata]:
        name, files = files_of(self._output, step)
        by_name = {file.name: file for file in files}
        folder = self._output.child(name)
        return name, by_name, metadata_of(content_of(folder, by_name[METADATA]), f"{folder.uri}/{METADATA}")

    def _begin(self, state: dict[str, Any], writer: ObjectWriter) -> Future[Any]:
        if self._stager:
            saved = async_save(state, storage_writer=writer, process_group=self._group, async_stager=self._stager)
            assert isinstance(saved, Future), "the stager has ended when async_save returns"
            return saved
        done: Future[Any] = Future()
        try:
            done.set_result(save(state, storage_writer=writer, process_group=self._group))
        except CheckpointException as error:
            done.set_exception(error)
        return done

    def _commit(self, step: int, attempt: str, files: Sequence[File], facts: Mapping[str, Any]) -> None:
        commit(self._output, step, attempt, files, facts)
        try:
            prune(self._output, self._keep)
        except StorageError as error:
            sys.stderr.write(f"older checkpoints could not be deleted, the next save tries again: {error}\n")

    def _settle(self) -> None:
        """Wait for the save that is under way, and count it."""
        if self._pending is None:
            return
        error = self._pending.exception()
        self._pending = None
        if error is None:
            self._num_failed = 0
            return
        explained = _explained(error)
        if not isinstance(explained, UserError):
            raise explained from error
        self._num_failed += 1
        if self._num_failed >= self._max_failures:
            raise StorageError(
                f"{self._num_failed} checkpoints in a row could not be stored: {explained}; mend that and run again: "
                "training goes on from the newest whole one"
            ) from error

    def _from_rank_0(self, work: Callable[[], T]) -> T:
        """What rank 0 finds, on every rank; also if it is an error that a user can act on."""
        box: list[Any] = [None]
        if dist.get_rank() == 0:
            try:
                box = [(work(), None)]
            except UserError as error:
                box = [(None, error)]
        dist.broadcast_object_list(box, src=0, group=self._group)
        found, refused = box[0]
        if refused is not None:
            raise refused
        return found  # type: ignore[no-any-return]


def _explained(error: BaseException) -> Exception:
    """A refusal of the storage if that is all that went wrong on any rank; otherwise what a bug report needs."""
    if not isinstance(error, CheckpointException):
        return error if isinstance(error, Exception) else RuntimeError(str(error))
    found = [failure for failure, _ in error.failures.values()]
    refused = [failure for failure in found if isinstance(failure, UserError)]
    return refused[0] if len(refused) == len(found) else RuntimeError(str(error))


def _tell(step: int, saved: Future[Any]) -> None:
    error = saved.exception()
    if error is not None:
        sys.stderr.write(f"checkpoint of step {step} was not stored, training goes on: {_explained(error)}\n")
