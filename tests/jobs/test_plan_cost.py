"""`culturalground plan --pilot` and `status` on runs of the embedded sample, with an engine that has no model."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from jobs.chain import survey
from jobs.cli import main
from pipeline.generation import stages as generation_stages
from sample.build import BuiltSample
from sample.commons_server import CommonsServer
from tests.generation.test_accounts import metered
from tests.kit.sample_run import CONFIG, SampleRun

LANGUAGES = ("en", "ar", "sw")
MODEL = (
    "questions.languages=[en, ar, sw]", "generation.languages=[en, ar, sw]", "generation.engine=endpoint",
    "generation.endpoint_url=http://localhost/v1", "generation.model=stub", "generation.revision='1'",
    "generation.num_gpus=0", "rephrase.share=0.5", "judge.share=0.2", "images.rows_per_partition=8",
)  # fmt: skip
TOKENS = ("prompt_tokens", "output_tokens")


@pytest.fixture(scope="module")
def stubbed() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(generation_stages, "open_engine", lambda settings: metered(revision=settings.revision))
        yield


@pytest.fixture(scope="module")
def pilot(
    stubbed: None, built_sample: BuiltSample, commons: CommonsServer, tmp_path_factory: pytest.TempPathFactory
) -> SampleRun:
    """A third of the sample, generated."""
    run = SampleRun(built_sample, commons, str(tmp_path_factory.mktemp("pilot")), MODEL, "judge")
    assert main(run.arguments("run", "--local")) == 0
    return run


@pytest.fixture(scope="module")
def full(
    stubbed: None, built_sample: BuiltSample, commons: CommonsServer, tmp_path_factory: pytest.TempPathFactory
) -> SampleRun:
    """All of the sample, with its pictures and nothing generated."""
    settings = (*MODEL, "select.limit=null")
    run = SampleRun(built_sample, commons, str(tmp_path_factory.mktemp("full")), settings, "images")
    assert main(run.arguments("run", "--local")) == 0
    return run


def command(run: SampleRun, name: str, *more: str, without: str = "") -> list[str]:
    settings = [setting for setting in run.settings if setting.partition("=")[0] != without]
    return [name, "--config", CONFIG, *(word for each in settings for word in ("--set", each)), *more]


def foretold(run: SampleRun, capsys: pytest.CaptureFixture[str], *more: str) -> dict[str, Any]:
    capsys.readouterr()
    assert main(command(run, "plan", "--json", *more)) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)["generation"]
    return found


def accounts(run: SampleRun, stage: str) -> dict[str, dict[str, float]]:
    [output] = [each.output for each in survey(run.config) if each.name == stage]
    assert output is not None
    return output.manifest.accounts


def test_a_pilot_foretells_what_the_full_run_then_takes(
    pilot: SampleRun, full: SampleRun, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(command(full, "plan", "--json")) == 0
    assert json.loads(capsys.readouterr().out)["generation"] is None
    found = foretold(full, capsys, "--pilot", pilot.output)
    assert main(replace(full, last="judge").arguments("run", "--local")) == 0
    for stage in ("rephrase", "judge"):
        truth, told = accounts(full, stage), found["stages"][stage]
        assert told["pilot"]["items"] == sum(figures["items"] for figures in accounts(pilot, stage).values())
        assert set(told["by_language"]) == set(truth) == set(LANGUAGES)
        for figure in TOKENS:
            total = sum(figures[figure] for figures in truth.values())
            assert told[figure]["low"] < told[figure]["estimate"] < told[figure]["high"]
            assert told[figure]["estimate"] == pytest.approx(total, rel=0.1)
            assert sum(figures[figure] for figures in told["by_language"].values()) == pytest.approx(
                told[figure]["estimate"]
            )
            assert found["total"][figure]["estimate"] == pytest.approx(
                sum(found["stages"][name][figure]["estimate"] for name in ("rephrase", "judge"))
            )
        for code, figures in truth.items():
            assert told["by_language"][code]["items"] == pytest.approx(figures["items"], rel=0.2)
    assert any("the pilot held no GPUs" in warning for warning in found["warnings"])
    assert not any("settings" in warning for warning in found["warnings"])
    # Once there are figures of its own, the run is its own pilot: what an item took is then what it takes.
    own = foretold(full, capsys)
    for stage in ("rephrase", "judge"):
        for code, figures in accounts(full, stage).items():
            told = own["stages"][stage]["by_language"][code]
            for figure in TOKENS:
                assert told[figure] / told["items"] == pytest.approx(figures[figure] / figures["items"])


def test_money_is_gpu_hours_times_a_price(
    pilot: SampleRun, full: SampleRun, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # As if each worker had held four GPUs: this machine has none.
    original = generation_stages.charged
    monkeypatch.setattr(generation_stages, "charged", lambda log, seconds, num_gpus: original(log, seconds, 4.0))
    other = replace(pilot, output=f"{pilot.output}-gpus")
    assert main(other.arguments("run", "--local")) == 0
    found = foretold(full, capsys, "--pilot", other.output, "--price", "2.5", "--set", "generation.max_workers=3")
    assert found["total"]["gpu_hours"]["estimate"] == pytest.approx(4 * found["total"]["seconds"]["estimate"] / 3600)
    for end in ("estimate", "low", "high"):
        assert found["money"][end] == pytest.approx(2.5 * found["total"]["gpu_hours"][end])
    assert found["starts"]["workers"] == 3
    assert found["money"]["starts"] == pytest.approx(2.5 * found["starts"]["gpu_seconds"] / 3600)
    assert not any("held no GPUs" in warning for warning in found["warnings"])


def test_the_table_is_one_row_a_stage_and_a_language(
    pilot: SampleRun, full: SampleRun, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(command(full, "plan", "--pilot", pilot.output, "--price", "2")) == 0
    text = capsys.readouterr().out
    section = text[text.index("Generation, by the figures of") : text.index("The whole run, simulated")]
    for name in ("rephrase", "judge", "both", "en      English", "ar      Arabic", "sw      Swahili"):
        assert section.count(f"\n  {name} ") == 1, name
    assert max(map(len, section.splitlines())) < 150


def test_a_pilot_of_another_kind_is_told_apart(
    pilot: SampleRun, full: SampleRun, capsys: pytest.CaptureFixture[str]
) -> None:
    changes = ("generation.revision='2'", "rephrase.share=0.05", "generation.languages=[en, ar, sw, ja]",
               "questions.languages=[en, ar, sw, ja]")  # fmt: skip
    found = foretold(full, capsys, "--pilot", pilot.output, *(word for each in changes for word in ("--set", each)))
    assert "rephrase: the pilot had other settings, which may cost otherwise: revision" in found["warnings"]
    assert "rephrase: the pilot asked nothing in ja; the mean of its languages stands for them" in found["warnings"]
    assert any(warning.startswith("rephrase: the pilot asked about") for warning in found["warnings"])


def test_status_says_what_generation_took(pilot: SampleRun, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(pilot.arguments("status")) == 0
    lines = capsys.readouterr().out.splitlines()
    for stage in ("rephrase", "judge"):
        [place] = [number for number, line in enumerate(lines) if line.split()[:2] == [stage, "complete"]]
        total = {figure: sum(each[figure] for each in accounts(pilot, stage).values()) for figure in ("items", *TOKENS)}
        assert f"{total['items']:,} items asked about in 3 languages" in lines[place + 1]
        assert f"tokens {total['prompt_tokens']:,} in" in lines[place + 1]
        assert f"{total['output_tokens']:,} out" in lines[place + 1]
        cached = sum(each.get("cached_tokens", 0) for each in accounts(pilot, stage).values())
        rate = f"{100 * cached / total['prompt_tokens']:.1f} % of {total['prompt_tokens']:,} prompt tokens"
        assert lines[place + 2].strip() == f"from caches: {rate}"
    assert sum("items asked about" in line for line in lines) == 2


@pytest.mark.parametrize(
    ("place", "settings", "why"),
    [
        ("{pilot}", ("generation.engine=none",), "generation.engine: is none"),
        ("{pilot}/nowhere", (), "--pilot {pilot}/nowhere: no stage there is complete"),
        ("{pilot}/absent.yaml", (), "{pilot}/absent.yaml: cannot be read"),
        ("{full}", (), "--pilot {full}: no stage there is complete"),
        (None, (), "--price: nothing tells what generation takes"),
    ],
)
def test_without_figures_one_line_says_what_to_do(
    pilot: SampleRun,
    built_sample: BuiltSample,
    commons: CommonsServer,
    tmp_path_factory: pytest.TempPathFactory,
    capsys: pytest.CaptureFixture[str],
    place: str | None,
    settings: tuple[str, ...],
    why: str,
) -> None:
    bare = SampleRun(built_sample, commons, str(tmp_path_factory.mktemp("bare")), (*MODEL, *settings))
    names = {"pilot": pilot.output, "full": bare.output}
    more = [] if place is None else ["--pilot", place.format(**names)]
    capsys.readouterr()
    assert main(command(bare, "plan", "--price", "1", *more)) == 2
    told = capsys.readouterr().err
    assert why.format(**names) in told
    assert len(told.splitlines()) == 1


def test_of_two_results_in_one_output_none_is_guessed(
    pilot: SampleRun, full: SampleRun, capsys: pytest.CaptureFixture[str]
) -> None:
    other = replace(pilot, overrides=(*MODEL, "generation.revision='2'"))
    assert main(other.arguments("run", "--local")) == 0
    assert main(command(full, "plan", "--pilot", pilot.output)) == 2
    assert "holds more than one result of rephrase; name the pilot's config" in capsys.readouterr().err
