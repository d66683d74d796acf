from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from jobs.evaluation import EvaluationConfig
from jobs.run_config import RunConfig, load_as, load_config
from pipeline.commons.profiles import check_policy
from pipeline.commons.settings import Mirror
from pipeline.config import COUNTRY_KEYS, LANGUAGE_CODES, Section, Subclusters
from pipeline.errors import ConfigError
from pipeline.generation.settings import OtherModel
from pipeline.questions.templates import shipped_catalogue
from training.settings import LoraSetting, MixturePart

CONFIGS = Path(__file__).parents[2] / "configs"
EVALUATION = "benchmarks.yaml"
SMALL: dict[str, Any] = {
    "name": "small",
    "output": "runs/small",
    "extract": {"dump": ["dump.json.gz"], "dump_date": "2026-01-05"},
}


def write(folder: Path, **sections: Any) -> Path:
    file = folder / "run.yaml"
    file.write_text(yaml.safe_dump({**SMALL, **sections}), encoding="utf-8")
    return file


def refusal(file: Path, *overrides: str) -> str:
    with pytest.raises(ConfigError) as caught:
        load_config(file, overrides)
    return str(caught.value)


def sections(model: type[Section] = RunConfig) -> Iterator[type[Section]]:
    yield model
    for field in model.model_fields.values():
        for kind in (field.annotation, *get_args(field.annotation)):
            if isinstance(kind, type) and issubclass(kind, Section):
                yield from sections(kind)


@pytest.mark.parametrize("file", sorted(CONFIGS.glob("*.yaml")), ids=lambda file: file.name)
def test_the_runs_that_come_with_the_project_load(file: Path) -> None:
    if file.name == EVALUATION:
        assert load_as(EvaluationConfig, file).name == file.stem
        return
    config = load_config(file)
    assert config.name == file.stem
    shipped_catalogue().require(config.questions.languages)


def test_the_complete_run_stops_until_its_user_has_a_name() -> None:
    complete = load_config(CONFIGS / "paper.yaml")
    assert complete.select.countries == COUNTRY_KEYS
    named = load_config(
        CONFIGS / "paper.yaml", ["images.user_agent=mapper/1.0 (https://commons.wikimedia.org/wiki/User:Mapper)"]
    )

    def check(config: RunConfig) -> None:
        images = config.images
        for url in (images.api_url, images.upload_url):
            check_policy(
                url,
                user_agent=images.user_agent,
                connections=images.connections,
                bytes_per_s=images.mbit_per_s * 1e6 / 8,
                width=images.thumbnail_px,
            )

    with pytest.raises(ConfigError, match=r"images\.user_agent: .*set it to a tool name with your e-mail"):
        check(complete)
    check(named)


def test_what_is_left_out_is_everything(tmp_path: Path) -> None:
    config = load_config(write(tmp_path))
    assert config.select.countries == COUNTRY_KEYS
    assert config.questions.languages == LANGUAGE_CODES
    assert (len(COUNTRY_KEYS), len(LANGUAGE_CODES)) == (42, 39)


# Errors name the file or the option, the key, what is wrong and what would be right.


def test_an_unknown_key_is_named_with_the_one_that_was_meant(tmp_path: Path) -> None:
    file = write(tmp_path, images={"thumbnail": 500})
    assert refusal(file).startswith(
        f"{file}: images.thumbnail: unknown key: did you mean thumbnail_px? Allowed: api_url, connections, "
    )
    file = write(tmp_path, images={"respect": {"nudety": "keep"}})
    assert refusal(file).startswith(
        f"{file}: images.respect.nudety: unknown key: did you mean nudity? Allowed: detector"
    )
    file = write(tmp_path, imges={})
    assert refusal(file).startswith(f"{file}: imges: unknown key: did you mean images? Allowed: assemble, budget, ")


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    message = refusal(write(tmp_path, budget={"gpu_hours": -1}, select={"limit": 0}, extra=1))
    assert all(name in message for name in ("budget.gpu_hours", "select.limit", "extra"))


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("select.countries=[indai]", "unknown country 'indai': did you mean india? Allowed: bangladesh, brazil, "),
        ("questions.languages=[en, esp]", "unknown language 'esp': did you mean es? Allowed: am, ar, "),
        ("select.domains=[foood]", "unknown domain 'foood': did you mean food? Allowed: "),
        ("select.countries=[iran, iran]", "a country is named twice"),
        ("select.countries=[]", "at least one country is needed"),
        ("select.countries=iran", "must be a list, such as [a, b] (it is 'iran')"),
        ("images.max_quarantined=1.5", "less than or equal to 1 (it is 1.5)"),
        ("assemble.test=-0.1", "greater than or equal to 0 (it is -0.1)"),
        ("images.thumbnail_px=501", "Input should be 20, 40, 60, 120, 250, 330, 500, 960, 1280, 1920 or 3840"),
        ("questions.kinds=[opn]", "'open' or 'choice' (it is 'opn')"),
        ("cluster.num_cpus=two", "valid integer"),
        ("extract.dump_date=05.01.2026", "should match pattern"),
        ("extract=5", "must be a section of settings (it is 5)"),
    ],
)
def test_a_value_that_is_not_allowed_is_named_with_those_that_are(tmp_path: Path, override: str, words: str) -> None:
    key, _, value = override.partition("=")
    given_by_option = refusal(write(tmp_path), override)
    assert given_by_option.startswith(f"--set {key}")
    assert words in given_by_option
    section, _, name = key.partition(".")
    changed = {**SMALL.get(section, {}), name: yaml.safe_load(value)} if name else yaml.safe_load(value)
    file = write(tmp_path, **{section: changed})
    assert refusal(file).startswith(f"{file}: {key}")
    assert words in refusal(file)


@pytest.mark.parametrize("override", ["questions.balance.temperature=0.5", "questions.balance.long_tail_boost=2"])
def test_sharing_out_without_a_total_is_refused(tmp_path: Path, override: str) -> None:
    message = refusal(write(tmp_path), override)
    assert "questions.balance" in message
    assert "set open_items or choice_items too" in message
    assert load_config(write(tmp_path), [override, "questions.balance.choice_items=5"]).questions.balance.is_thinning


def test_the_complete_data_set_is_balanced() -> None:
    balance = load_config(CONFIGS / "paper.yaml").questions.balance
    assert (balance.open_items, balance.choice_items) == (22_000_000, 8_000_000)


def test_shares_that_leave_nothing_to_train_on_are_refused(tmp_path: Path) -> None:
    message = refusal(write(tmp_path, assemble={"validation": 0.6}), "assemble.test=0.4")
    assert message == "--set assemble: validation and test together must leave a share for train"
    load_config(write(tmp_path, assemble={"validation": 0.6, "test": 0.3}))


@pytest.mark.parametrize("value", ["[no, en]", "[en, on]"])
def test_a_word_that_yaml_takes_for_a_truth_value_is_explained(tmp_path: Path, value: str) -> None:
    message = refusal(write(tmp_path), f"questions.languages={value}")
    assert "must be text" in message
    assert "put it in quotes" in message
    assert load_config(write(tmp_path), ['questions.languages=["no", en]']).questions.languages == ("no", "en")


def test_a_date_without_quotes_is_explained(tmp_path: Path) -> None:
    assert "put it in quotes" in refusal(write(tmp_path), "extract.dump_date=2026-01-05")
    assert load_config(write(tmp_path), ['extract.dump_date="2026-01-12"']).extract.dump_date == "2026-01-12"


@pytest.mark.parametrize("text", ["", "- a list", "a: [1", "\t", "just words"])
def test_a_file_that_holds_no_settings_is_named(tmp_path: Path, text: str) -> None:
    file = tmp_path / "run.yaml"
    file.write_text(text, encoding="utf-8")
    assert refusal(file).startswith(f"{file}: ")


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    assert "No such file" in refusal(tmp_path / "none.yaml")
    assert "directory" in refusal(tmp_path)
    (tmp_path / "bytes.yaml").write_bytes(b"\xff\xfe\x00")
    assert "is not YAML" in refusal(tmp_path / "bytes.yaml")


def test_a_missing_setting_is_named(tmp_path: Path) -> None:
    file = tmp_path / "run.yaml"
    file.write_text("name: x\noutput: y\nextract: {dump: [d.gz]}\n", encoding="utf-8")
    assert refusal(file) == f"{file}: extract.dump_date: is needed"


# `--set`.


def test_overrides_take_yaml_values_and_the_last_one_counts(tmp_path: Path) -> None:
    config = load_config(
        write(tmp_path, select=None),
        [
            "select.countries=[iran, india]",
            "select.limit=1",
            "select.limit=7",
            "images.licence_families=[cc0]",
            "questions={kinds: [open], languages: [en]}",
            "questions.max_items_per_picture=3",
            "cluster.address=null",
            "output=s3://bucket/a=b",
        ],
    )
    assert config.select.countries == ("iran", "india")
    assert config.select.limit == 7
    assert config.images.licence_families == ("cc0",)
    assert (config.questions.kinds, config.questions.languages) == (("open",), ("en",))
    assert config.questions.max_items_per_picture == 3
    assert config.cluster.address is None
    assert config.output == "s3://bucket/a=b"


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("select.limit", "must look like section.key=value"),
        ("=3", "must look like section.key=value"),
        ("select..limit=3", "must look like section.key=value"),
        ("select.limit=[1", "the value is not YAML"),
        ("output.x=1", "output is a value, not a section"),
        ("extract.dump.x=1", "dump is a value, not a section"),
    ],
)
def test_an_override_that_makes_no_sense_is_named(tmp_path: Path, override: str, words: str) -> None:
    message = refusal(write(tmp_path), override)
    assert message.startswith(f"--set {override}: ")
    assert words in message


def test_an_unknown_key_of_an_override_is_blamed_on_it(tmp_path: Path) -> None:
    assert refusal(write(tmp_path), "select.limt=3").startswith("--set select.limt: unknown key: did you mean limit?")
    assert refusal(write(tmp_path), "selct.limit=3").startswith("--set selct: unknown key: did you mean select?")
    file = write(tmp_path, budget={"gpu_hours": -1})
    assert refusal(file, "select.limit=3").startswith(f"{file}: budget.gpu_hours"), "the file's mistake is the file's"


JSON_LIKE = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text("abno.=[", max_size=4),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["limit", "x"]), inner, max_size=2),
    max_leaves=4,
)


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    key=st.lists(st.sampled_from(["select", "limit", "extract", "dump", "name", "x", ""]), min_size=1, max_size=3),
    value=JSON_LIKE,
)
def test_whatever_is_set_loads_or_is_refused_in_one_sentence(tmp_path: Path, key: list[str], value: Any) -> None:
    override = f"{'.'.join(key)}={yaml.safe_dump(value, default_flow_style=True).removesuffix('...' + chr(10)).strip()}"
    try:
        load_config(write(tmp_path), [override])
        message = "--set"
    except ConfigError as error:
        message = str(error)
    assert "--set" in message
    assert "\n" not in message


def test_a_language_whose_code_is_a_word_of_yaml_is_set_in_quotes(tmp_path: Path) -> None:
    config = load_config(write(tmp_path), ["judge.language_thresholds={'no': {fluent: 4}}"])
    assert config.judge.thresholds_of("no")["fluent"] == 4
    assert "put it in quotes" in refusal(write(tmp_path, judge={"language_thresholds": {False: {"fluent": 4}}}))


# What a fingerprint is made of.


def test_a_config_cannot_be_changed() -> None:
    config = load_config(CONFIGS / "debug.yaml")
    with pytest.raises(ValidationError, match="frozen"):
        config.select.limit = 3  # type: ignore[misc]
    with pytest.raises(ValidationError, match="frozen"):
        config.select = config.select  # type: ignore[misc]


@pytest.mark.parametrize("section", list(sections()), ids=lambda section: section.__name__)
def test_operational_settings_exist_and_stay_out_of_what_decides(section: type[Section]) -> None:
    assert set(section.model_fields) >= section.OPERATIONAL
    whole = load_config(CONFIGS / "debug.yaml")
    values = (
        whole,
        *vars(whole).values(),
        *vars(whole.images).values(),
        *vars(whole.questions).values(),
        *vars(whole.judge).values(),
        *vars(whole.assemble).values(),
        *vars(whole.evaluate).values(),
        Mirror(url="/files"),
        Subclusters(),
        OtherModel(languages=("sw",), model="other"),
        MixturePart(name="open", times=1.0),
        LoraSetting(),
    )
    found = [value for value in values if type(value) is section]
    assert set(found[0].deciding()) == set(section.model_fields) - section.OPERATIONAL


def test_every_limit_of_quarantine_is_operational() -> None:
    for section in sections():
        assert ("max_quarantined" in section.model_fields) == ("max_quarantined" in section.OPERATIONAL)


def test_what_decides_is_the_same_however_it_was_written(tmp_path: Path) -> None:
    one = load_config(write(tmp_path, extract={**SMALL["extract"], "range_mb": 32}))
    other = load_config(write(tmp_path), ["extract.range_mb=32.0"])
    assert one.extract.deciding() == other.extract.deciding()
    assert one.extract.deciding() != load_config(write(tmp_path)).extract.deciding()
