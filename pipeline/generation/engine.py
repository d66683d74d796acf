"""vLLM in this process: the only module that imports it."""

from __future__ import annotations

import asyncio
import importlib.util
import io
import itertools
import logging
import os
from functools import lru_cache
from pathlib import Path
from typing import Any

from PIL import Image

from pipeline import torchvision_remedy
from pipeline.errors import UserError
from pipeline.generation.model import Model
from pipeline.generation.request import EngineDied, Reply, Request, failed
from pipeline.generation.settings import Workers

_KEPT_PICTURES = 64


class VllmEngine:
    """One engine of vLLM, with its own processes; use it from one event loop."""

    def __init__(self, settings: Workers, model: Model, source: str, *, sees_pictures: bool) -> None:
        """Load the model: seconds to minutes.

        Args:
            settings: how large the engine is.
            model: what stands for the weights in rows.
            source: what vLLM loads: a folder, or a model id, of which it takes the model's revision.
            sees_pictures: whether requests may carry pictures.

        Raises:
            UserError: vLLM does not start with this model and these settings.
        """
        self.model, self.revision, self.sees_pictures = model.name, model.revision, sees_pictures
        self._numbers = itertools.count()
        self._in_work = 0
        self._decoded = lru_cache(_KEPT_PICTURES)(_decode)
        try:
            self._engine = _start(settings, model, source, sees_pictures)
        except (ImportError, OSError, RuntimeError, ValueError) as error:
            raise UserError(
                f"vLLM does not start with {model} ({source}): {' '.join(str(error).split())[:500]}; see its "
                "own log above, and check model, max_model_len, kv_cache_gb and num_gpus in the settings"
            ) from error
        logging.getLogger("vllm.v1.engine.async_llm").addFilter(self._worth_a_word)
        if self.sees_pictures and not self._engine.model_config.is_multimodal_model:
            self._engine.shutdown()
            raise UserError(f"generation.sees_pictures: {model} does not take pictures; set it to false")

    async def generate(self, request: Request) -> Reply:
        """See `Engine`."""
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
            return failed(error.__cause__ or error)
        finally:
            self._in_work -= 1

    def _worth_a_word(self, record: logging.LogRecord) -> bool:
        """An engine whose processes end with nothing in work was ended, by Ray with its worker or by `close`."""
        return self._in_work > 0 or "output_handler failed" not in record.getMessage()

    async def _generate(self, request: Request) -> Reply:
        from vllm import SamplingParams
        from vllm.renderers import ChatParams
        from vllm.sampling_params import RequestOutputKind, StructuredOutputsParams

        content: list[dict[str, Any]] = [{"type": "text", "text": request.user}]
        if request.image is not None:
            picture = await asyncio.to_thread(self._decoded, request.image)
            content.insert(0, {"type": "image_pil", "image_pil": picture, "uuid": request.image_sha256})
        messages = [{"role": "system", "content": request.system}, {"role": "user", "content": content}]
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
            return failed(f"the engine ended the request: {output.finish_reason}")
        return Reply(output.text, output.finish_reason, None, len(final.prompt_token_ids or ()), len(output.token_ids))

    async def close(self) -> None:
        """End the engine's processes."""
        # Not in a thread: the loop would see the processes end before it is told that they should.
        self._engine.shutdown()
        # Collected now, not when the interpreter ends: its finalizer needs modules that are gone by then.
        del self._engine


def require_vllm(setting: str) -> None:
    """Raises UserError, naming the setting that wants it, if vLLM is not installed."""
    if importlib.util.find_spec("vllm") is None:
        raise UserError(
            f"{setting}: vllm is not installed; `make setup` installs it, or set {setting}=none to go on without"
        )


def _decode(image: bytes) -> Image.Image:
    return Image.open(io.BytesIO(image)).convert("RGB")


def _start(settings: Workers, model: Model, source: str, sees_pictures: bool) -> Any:
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
        # vLLM 0.32 ends its engine on a CPU when the prompt of a request with a seed is cut into chunks ("CPU Generator
        # does not use offset"): there, prompts stay whole.
        enable_chunked_prefill=False if on_cpu else None,
        max_num_batched_tokens=max(settings.max_model_len, 2048) if on_cpu else None,
        kv_cache_memory_bytes=None if settings.kv_cache_gb is None else int(settings.kv_cache_gb * 2**30),
        limit_mm_per_prompt={"image": 1} if sees_pictures else {},
        structured_outputs_config=structured_outputs,
        disable_log_stats=True,
        use_tqdm_on_load=False,
    )
    return AsyncLLM.from_engine_args(arguments)
