from __future__ import annotations

from collections.abc import Iterator

import pytest

from pipeline.errors import InputError
from pipeline.wikidata.sparql.service import Service, TooMuchError
from tests.kit.sparql_server import BUSY, CUT_OFF, DOWN, HTML, TIMEOUT, SparqlServer, sparql_server

ASK = "SELECT ?item WHERE { ?item <http://x/p> ?o }"
ONE = b"<http://x/a> <http://x/p> <http://x/b> .\n"


@pytest.fixture
def server() -> Iterator[SparqlServer]:
    with sparql_server(ONE) as served:
        yield served


def service(server: SparqlServer, waited: list[float], **settings: int) -> Service:
    return Service(server.url, "a test", sleep=waited.append, **settings)


def test_it_says_who_asks_and_answers_with_solutions(server: SparqlServer) -> None:
    [row] = service(server, []).ask(ASK)
    assert row["item"] == {"type": "uri", "value": "http://x/a"}
    assert server.agents == ["a test"]


def test_a_busy_service_is_given_the_time_it_asks_for_and_then_asked_again(server: SparqlServer) -> None:
    server.moods = [BUSY, DOWN, BUSY]
    waited: list[float] = []
    assert len(service(server, waited).ask(ASK)) == 1
    assert waited == [3.0, 4.0, 3.0]


def test_a_service_that_stays_down_ends_in_one_sentence(server: SparqlServer) -> None:
    server.moods = [DOWN] * 9
    waited: list[float] = []
    with pytest.raises(InputError, match=r"after 3 attempts it answers 503"):
        service(server, waited, max_attempts=3).ask(ASK)
    assert len(waited) == 2


@pytest.mark.parametrize("mood", [TIMEOUT, CUT_OFF], ids=["timeout", "cut_off"])
def test_what_takes_too_long_is_told_apart_so_that_less_can_be_asked(
    server: SparqlServer, mood: tuple[int, dict[str, str], bytes]
) -> None:
    server.moods = [mood]
    with pytest.raises(TooMuchError):
        service(server, []).ask(ASK)
    assert len(server.queries) == 1


def test_a_service_that_refuses_is_not_asked_twice(server: SparqlServer) -> None:
    server.moods = [HTML]
    with pytest.raises(InputError, match="answers 403"):
        service(server, []).ask(ASK)
    with pytest.raises(InputError, match="refuses the query"):
        service(server, []).ask("SELECT nonsense WHERE")
    assert len(server.queries) == 2


def test_a_service_that_is_not_there_is_named(server: SparqlServer) -> None:
    gone = Service("http://127.0.0.1:1/sparql", "a test", max_attempts=2, sleep=lambda _: None)
    with pytest.raises(InputError, match=r"127\.0\.0\.1:1/sparql: after 2 attempts it cannot be reached"):
        gone.ask(ASK)
