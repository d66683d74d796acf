"""`culturalground sparql`, and a run that goes on with what it wrote."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from jobs.chain import survey
from jobs.cli import main
from jobs.run_config import load_config
from sample.build import BuiltSample
from tests.kit.sparql_server import HTML, SparqlServer, sparql_server
from tests.kit.wikidata_rdf import triples
from tests.wikidata.sparql.test_snapshot import entities_in

CONFIG = ["--config", "configs/debug.yaml"]


@pytest.fixture
def server(built_sample: BuiltSample) -> Iterator[SparqlServer]:
    with sparql_server(triples(entities_in(built_sample.dump_gz))) as served:
        yield served


def asks(server: SparqlServer, out: Path, *more: str) -> int:
    return main(["sparql", *CONFIG, "--set", f"extract.sparql_endpoint={server.url}", "--out", str(out), *more])


def test_a_run_selects_from_it_what_it_selects_from_the_dump(
    built_sample: BuiltSample, server: SparqlServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert asks(server, tmp_path / "two.json.gz", "--country", "rwanda", "--item", "Q34379") == 0
    assert "extract.dump=[" in capsys.readouterr().out
    selected = {}
    for dump in (tmp_path / "two.json.gz", built_sample.dump_gz):
        settings = [f"extract.dump=[{dump}]", f"output={tmp_path / 'out' / dump.name}", "select.countries=[rwanda]"]
        changes = [argument for setting in settings for argument in ("--set", setting)]
        assert main(["run", *CONFIG, *changes, "--local", "--to", "select"]) == 0
        outputs = {stage.name: stage.output for stage in survey(load_config(CONFIG[1], settings))}
        concepts = outputs["select"].read("concepts", ["qid", "domain", "class_path", "country_statement", "labels"])
        selected[dump.name] = sorted(concepts.to_pylist(), key=lambda row: row["qid"])
    one, other = selected.values()
    assert one == other
    assert len(one) > 1


def test_who_is_stopped_half_way_does_not_ask_again(
    server: SparqlServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "some.json.gz"
    assert asks(server, tmp_path / "whole.json.gz", "--item", "Q1660902") == 0
    num_queries = len(server.queries)
    server.moods = [None, None, None, HTML]
    assert asks(server, out, "--item", "Q1660902") == 2
    assert "answers 403" in capsys.readouterr().err
    assert not out.exists()
    assert asks(server, out, "--item", "Q1660902") == 0
    asked = server.queries[num_queries:]
    assert len(asked) == num_queries + 1, "only the refused one was asked twice"
    assert out.read_bytes() == (tmp_path / "whole.json.gz").read_bytes()
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == []


def test_nothing_asked_for_or_no_contact_is_one_sentence(
    server: SparqlServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert asks(server, tmp_path / "x.json.gz") == 2
    assert "--country or --item" in capsys.readouterr().err
    assert asks(server, tmp_path / "x.json", "--item", "Q1") == 2
    assert "must end in .json.gz" in capsys.readouterr().err
    wikidata = ["--set", "extract.sparql_endpoint=https://query.wikidata.org/sparql"]
    assert main(["sparql", *CONFIG, *wikidata, "--out", str(tmp_path / "x.json.gz"), "--item", "Q1"]) == 2
    assert "names no contact" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        asks(server, tmp_path / "x.json.gz", "--item", "42")
    assert "they are written Q42" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
