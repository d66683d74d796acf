"""vLLM in this process: the only module that imports it."""

from __future__ import annotations

import asyncio
import importlib.util
import io
import itertools
import logging
import os
import re
from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from PIL import Image

from pipeline import torchvision_remedy
from pipeline.errors import UserError
from pipeline.generation.model import Model
from pipeline.generation.plain_text import PlainText
from pipeline.generation.request import EngineDied, Reply, Request, failed, without_room
from pipeline.generation.settings import Workers
from pipeline.generation.warm_up import WarmUp, require_answer, warm_up_request

_KEPT_PICTURES = 64
# What vLLM says of a prompt that is too long by its text, and of one that is so with its picture.
_TOO_LONG = re.compile("maximum (context|model) length")
_ENDED = "the engine ended the request: "
_ENDED_WITH_ERROR = f"{_ENDED}error"


class VllmEngine:
    """One engine of vLLM, with its own processes; use it from one event loop."""

    def __init__(
        self, settings: Workers, model: Model, source: str, *, sees_pictures: bool, max_pictures: int = 1
    ) -> None:
        """Load the model: seconds to minutes.

        Args:
            settings: how large the engine is.
            model: what stands for the weights in rows.
            source: what vLLM loads: a folder, or a model id, of which it takes the model's revision.
            sees_pictures: whether requests may carry pictures.
            max_pictures: of one request.

        Raises:
            UserError: vLLM does not start with this model and these settings.
        """
        self.model, self.revision, self.sees_pictures = model.name, model.revision, sees_pictures
        self._numbers = itertools.count()
        self._in_work = 0
        self._decoded = lru_cache(_KEPT_PICTURES)(_decode)
        self._warm_up = WarmUp(self._check_answer)
        self._asked = Counter[str]()
        self._encoder = _EncoderRuns()
        try:
            encoder = self._encoder if sees_pictures else None
            self._engine = _start(settings, model, source, encoder, max_pictures)
        except (ImportError, OSError, RuntimeError, ValueError) as error:
            raise UserError(_why_not_started(error, settings, model, source)) from error
        logging.getLogger("vllm.v1.engine.async_llm").addFilter(self._worth_a_word)
        if self.sees_pictures and not self._engine.model_config.is_multimodal_model:
            self._engine.shutdown()
            raise UserError(f"generation.sees_pictures: {model} does not take pictures; set it to false")
        self._plain = PlainText(_tokens(self._engine.renderer.get_tokenizer()))

    async def generate(self, request: Request) -> Reply:
        """See `Engine`. The first one waits for a small request of this module's own; UserError if that fails."""
        await self._warm_up.passed()
        return await self._contained(request)

    async def _check_answer(self) -> None:
        reply = await self._contained(warm_up_request(sees_pictures=self.sees_pictures))
        require_answer(reply, f"generation.model: {self.model}@{self.revision}")

    async def _contained(self, request: Request) -> Reply:
        from vllm.v1.engine.exceptions import EngineDeadError

        self._in_work += 1
        try:
            return await self._generate(request)
        except EngineDeadError as error:
            raise EngineDied(f"{self.model}: the process of the engine has ended") from error
        except Exception as error:
            # Whatever one request brings about is that request's reply.
            if self._engine.errored:
                raise EngineDied(f"{self.model}: the engine failed: {error}") from error
            return _failure(error.__cause__ or error)
        finally:
            self._in_work -= 1

    def _worth_a_word(self, record: logging.LogRecord) -> bool:
        """An engine whose processes end with nothing in work was ended, by Ray with its worker or by `close`."""
        return self._in_work > 0 or "output_handler failed" not in record.getMessage()

    async def _generate(self, request: Request) -> Reply:
        reply = await self._once(request)
        if reply.error == _ENDED_WITH_ERROR and request.images:
            # A request that was refused after its picture had been prepared leaves vLLM's two caches of prepared
            # pictures at odds. The next one with that picture finds out, and mends it for the one after.
            reply = await self._once(request)
        return reply

    async def _once(self, request: Request) -> Reply:
        from vllm import SamplingParams
        from vllm.renderers import ChatParams
        from vllm.sampling_params import RequestOutputKind, StructuredOutputsParams

        messages: list[dict[str, Any]] = [{"role": "user", "content": await self._content(request)}]
        if request.system:
            messages.insert(0, {"role": "system", "content": self._plain(request.system)})
        template = ChatParams(chat_template_kwargs={"add_generation_prompt": True})
        _, [prompt] = await self._engine.renderer.render_chat_async([messages], template)
        sampling = SamplingParams(
            max_tokens=request.max_tokens,
            temperature=request.temperature,
            seed=request.seed,
            output_kind=RequestOutputKind.FINAL_ONLY,
            structured_outputs=None
            if request.json_schema is None
            else StructuredOutputsParams(json=dict(request.json_schema)),
        )
        # Under FINAL_ONLY there is exactly one.
        [final] = [each async for each in self._engine.generate(prompt, sampling, request_id=str(next(self._numbers)))]
        output = final.outputs[0]
        if output.finish_reason not in ("stop", "length"):
            return failed(f"{_ENDED}{output.finish_reason}")
        num_prompt_tokens, num_cached_tokens = len(final.prompt_token_ids or ()), final.num_cached_tokens or 0
        self._asked.update(
            prompt_tokens=num_prompt_tokens, cached_tokens=num_cached_tokens, pictures=len(request.images)
        )
        if output.finish_reason == "length" and len(output.token_ids) < request.max_tokens:
            told = f"{num_prompt_tokens} tokens of prompt leave {len(output.token_ids)} of {request.max_tokens}"
            return without_room(told, num_prompt_tokens, len(output.token_ids), num_cached_tokens)
        return Reply(
            output.text, output.finish_reason, None, num_prompt_tokens, len(output.token_ids), num_cached_tokens
        )

    async def _content(self, request: Request) -> list[dict[str, Any]]:
        """The user's turn: pictures and texts in their order."""
        content: list[dict[str, Any]] = []
        if request.image is not None:
            content.append(await self._picture(request.image, request.image_sha256))
        content.append({"type": "text", "text": self._plain(request.user)})
        for piece in request.more:
            content.append(await self._picture(piece.image, piece.image_sha256))
            content.append({"type": "text", "text": self._plain(piece.text)})
        return [part for part in content if part.get("text") != ""]

    async def _picture(self, image: bytes, sha256: str | None) -> dict[str, Any]:
        picture = await asyncio.to_thread(self._decoded, image)
        return {"type": "image_pil", "image_pil": picture, "uuid": sha256}

    def statistics(self) -> Mapping[str, int]:
        """See `HasStatistics`. The small request before the first one counts too."""
        processed = self._engine.renderer.mm_processor_cache
        found = processed.make_stats() if processed is not None else None
        return {
            **{name: self._asked[name] for name in ("prompt_tokens", "cached_tokens", "pictures")},
            "pictures_encoded": self._encoder.num_pictures,
            "pictures_processed": 0 if found is None else found.total,
            "pictures_ready": 0 if found is None else found.hits,
        }

    async def close(self) -> None:
        """End the engine's processes."""
        # Not in a thread: the loop would see the processes end before it is told that they should.
        self._engine.shutdown()
        # Whoever holds it yet may do so until the interpreter ends; its finalizer, which ends it once more, needs
        # modules that are gone by then.
        self._engine.shutdown = _already_done
        del self._engine


def _already_done(timeout: float | None = None) -> None:
    """In place of `AsyncLLM.shutdown`."""


class _EncoderRuns:
    """Counts the pictures that the model's encoder works on; vLLM calls it after every step, as one of its loggers."""

    num_pictures = 0

    def record(self, scheduler_stats: Any, *rest: Any, **more: Any) -> None:
        details = None if scheduler_stats is None else scheduler_stats.iteration_details
        self.num_pictures += 0 if details is None else details.num_encoder_inputs

    def log_engine_initialized(self) -> None:
        """Nothing to say."""


def _failure(error: BaseException) -> Reply:
    return without_room(error) if _TOO_LONG.search(str(error)) else failed(error)


def _tokens(tokenizer: Any) -> list[str]:
    """Texts that the tokenizer takes for one token each, whatever stands around them."""
    added = getattr(tokenizer, "added_tokens_decoder", {})
    return [str(token) for token in added.values()] + list(getattr(tokenizer, "all_special_tokens", ()))


def require_vllm(setting: str) -> None:
    """Raises UserError, naming the setting that wants it, if vLLM is not installed."""
    if importlib.util.find_spec("vllm") is None:
        raise UserError(
            f"{setting}: vllm is not installed; `make setup` installs it, or set {setting}=none to go on without"
        )


def _why_not_started(error: Exception, settings: Workers, model: Model, source: str) -> str:
    """One line; what failed in a process of vLLM's own stands in its log only, and mostly it is memory."""
    told = " ".join(str(error).split())
    begun = f"vLLM does not start with {model} ({source}): {told[:500]}; see its own log above, and check "
    if not ("memory" in told.lower() or "KV cache" in told or "Engine core initialization failed" in told):
        return f"{begun}model, max_model_len, kv_cache_gb and num_gpus in the settings"
    weights = sum(path.stat().st_size for path in Path(source).glob("*.safetensors"))
    sized = f" of {weights / 2**30:.1f} GiB on disk" if weights else ""
    where = f"memory of {settings.num_gpus} GPUs" if settings.num_gpus else "main memory"
    return (
        f"{begun}whether the weights{sized} and a KV cache for {settings.max_model_len} tokens at least fit the "
        f"{where}: lower max_model_len, give the cache more with kv_cache_gb, spread the model with num_gpus, or take "
        "a smaller one"
    )


def _decode(image: bytes) -> Image.Image:
    return Image.open(io.BytesIO(image)).convert("RGB")


def _start(settings: Workers, model: Model, source: str, encoder: _EncoderRuns | None, max_pictures: int) -> Any:
    torchvision_remedy.ensure()
    os.environ.setdefault("VLLM_NO_USAGE_STATS", "1")
    # On a CPU its warnings are about faster kernels that are not there.
    os.environ.setdefault("VLLM_LOGGING_LEVEL", "ERROR" if settings.num_gpus == 0 else "WARNING")
    os.environ.setdefault("PYTHONWARNINGS", "ignore::FutureWarning")
    is_folder = Path(source).is_dir()
    if is_folder:
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
    on_cpu = settings.num_gpus == 0
    if on_cpu:
        # Bound to cores, engines that share a machine would all take the same ones.
        os.environ.setdefault("VLLM_CPU_OMP_THREADS_BIND", "nobind")
        # The model then runs in the engine's own process. One more, which vLLM would start to bind threads in, takes as
        # long as the rest of the start.
        os.environ.setdefault("VLLM_ENABLE_V1_MULTIPROCESSING", "0")
    from vllm import AsyncEngineArgs
    from vllm.v1.engine.async_llm import AsyncLLM

    # Compact JSON: otherwise a weak model emits white space up to its limit.
    structured_outputs: Any = {"disable_any_whitespace": True, "backend": "xgrammar"}
    arguments = AsyncEngineArgs(
        model=source,
        revision=None if is_folder else model.revision,
        # Most CPUs have no arithmetic for the 16-bit formats that weights come in, and take ten times as long in them.
        dtype="float32" if on_cpu else "auto",
        max_model_len=settings.max_model_len,
        max_num_seqs=settings.max_num_seqs,
        tensor_parallel_size=max(1, settings.num_gpus),
        # In a placement group of Ray, vLLM would start actors of its own for the other GPUs.
        distributed_executor_backend="mp" if settings.num_gpus > 1 else None,
        enforce_eager=on_cpu,
        # Whole blocks of a prompt are found in the cache. On CPUs they have 128 tokens unless told otherwise, more than
        # many a prompt here has in common with the next.
        block_size=32 if on_cpu else None,
        # vLLM 0.32 ends its engine on a CPU when the prompt of a request with a seed is cut into chunks ("CPU Generator
        # does not use offset"): there, prompts stay whole.
        enable_chunked_prefill=False if on_cpu else None,
        max_num_batched_tokens=max(settings.max_model_len, 2048) if on_cpu else None,
        kv_cache_memory_bytes=None if settings.kv_cache_gb is None else int(settings.kv_cache_gb * 2**30),
        limit_mm_per_prompt={"image": max_pictures} if encoder is not None else {},
        structured_outputs_config=structured_outputs,
        disable_log_stats=True,
        enable_logging_iteration_details=encoder is not None,
        use_tqdm_on_load=False,
    )
    if encoder is None:
        return AsyncLLM.from_engine_args(arguments)
    engine = AsyncLLM.from_engine_args(arguments, stat_loggers=[lambda config, number: encoder])
    # Not the metrics for Prometheus that vLLM adds of its own: nobody here asks for them.
    del engine.logger_manager.stat_loggers[1:]
    return engine
