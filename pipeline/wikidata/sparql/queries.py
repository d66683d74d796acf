"""The queries, in Wikidata's RDF mapping (https://www.mediawiki.org/wiki/Wikibase/Indexing/RDF_Dump_Format)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

PREFIXES = """
PREFIX wd: <http://www.wikidata.org/entity/>
PREFIX wdt: <http://www.wikidata.org/prop/direct/>
PREFIX wikibase: <http://wikiba.se/ontology#>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX schema: <http://schema.org/>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
"""

# Of a node that holds a time, a quantity or a place. Only where ?node is bound: else it would match every node.
_OF_A_NODE = """
  OPTIONAL { ?node wikibase:timeValue ?time ; wikibase:timePrecision ?precision ; wikibase:timeCalendarModel ?calendar }
  OPTIONAL { ?node wikibase:quantityAmount ?amount ; wikibase:quantityUnit ?unit }
  OPTIONAL { ?node wikibase:geoLatitude ?latitude ; wikibase:geoLongitude ?longitude }
"""


def items_of(countries: Sequence[int], properties: Sequence[int], classes: Sequence[int], after: int, page: int) -> str:
    """Items with a picture that one of some properties ties to a country, by number, those after one.

    Args:
        countries: items that stand for it.
        properties: P-numbers.
        classes: items must be in one of them or below; empty takes any.
        after: the last number of the page before.
        page: at most so many.
    """
    of_class = f"  VALUES ?class {{ {_wd(classes)} }} ?item (wdt:P31|wdt:P279)/wdt:P279* ?class .\n" if classes else ""
    return f"""{PREFIXES}
SELECT DISTINCT ?number WHERE {{
  VALUES ?tie {{ {" ".join(f"wdt:P{prop}" for prop in properties)} }} VALUES ?country {{ {_wd(countries)} }}
  ?item ?tie ?country ; wdt:P18 [] .
{of_class}  BIND(xsd:integer(STRAFTER(STR(?item), "/entity/Q")) AS ?number)
  FILTER(?number > {after})
}} ORDER BY ?number LIMIT {page}"""


def statements_of(items: Iterable[int], properties: Sequence[int] = ()) -> str:
    """All statements of items, or those with these properties: one solution a statement."""
    only = f"  VALUES ?property {{ {_wd(properties, 'P')} }}\n" if properties else ""
    return f"""{PREFIXES}
SELECT ?item ?statement ?property ?type ?rank ?value ?node ?none
       ?time ?precision ?calendar ?amount ?unit ?latitude ?longitude WHERE {{
  VALUES ?item {{ {_wd(items)} }}
{only}  ?item ?p ?statement .
  ?property wikibase:claim ?p ; wikibase:statementProperty ?ps ; wikibase:statementValue ?psv ;
            wikibase:novalue ?novalue ; wikibase:propertyType ?type .
  ?statement wikibase:rank ?rank .
  OPTIONAL {{ ?statement ?ps ?value }}
  OPTIONAL {{ ?statement rdf:type ?none . FILTER(?none = ?novalue) }}
  OPTIONAL {{ ?statement ?psv ?node .{_OF_A_NODE}  }}
}}"""


def qualifiers_of(items: Iterable[int]) -> str:
    """All qualifiers of the items' statements: values that have a node by it, others by themselves."""
    return f"""{PREFIXES}
SELECT ?statement ?property ?type ?value ?node ?none
       ?time ?precision ?calendar ?amount ?unit ?latitude ?longitude WHERE {{
  VALUES ?item {{ {_wd(items)} }}
  ?item ?p ?statement . ?main wikibase:claim ?p .
  {{ ?property wikibase:qualifierValue ?pqv . ?statement ?pqv ?node .{_OF_A_NODE}  }}
  UNION
  {{ ?property wikibase:qualifier ?pq . ?statement ?pq ?value .
  OPTIONAL {{ ?property wikibase:qualifierValue ?pqv . ?statement ?pqv ?any }}
    FILTER(!BOUND(?any)) }}
  UNION
  {{ ?property wikibase:novalue ?none . ?statement rdf:type ?none . FILTER(?property != ?main) }}
  ?property wikibase:propertyType ?type .
}}"""


def terms_of(items: Iterable[int], languages: Sequence[str]) -> str:
    """Labels and aliases of items in some languages: one solution a term."""
    codes = ", ".join(f'"{code}"' for code in languages)
    return f"""{PREFIXES}
SELECT ?item ?is_label ?term WHERE {{
  VALUES ?item {{ {_wd(items)} }}
  {{ ?item rdfs:label ?term BIND(true AS ?is_label) }} UNION {{ ?item skos:altLabel ?term BIND(false AS ?is_label) }}
  FILTER(LANG(?term) IN ({codes}))
}}"""


def revisions_of(items: Iterable[int]) -> str:
    """Number and time of the last revision of items, and how many wikis have a page about them."""
    return f"""{PREFIXES}
SELECT ?item ?version ?modified ?sitelinks WHERE {{
  VALUES ?item {{ {_wd(items)} }}
  ?item wikibase:sitelinks ?sitelinks .
  OPTIONAL {{ ?item schema:version ?version }}
  OPTIONAL {{ ?item schema:dateModified ?modified }}
}}"""


def _wd(numbers: Iterable[int], letter: str = "Q") -> str:
    return " ".join(f"wd:{letter}{number}" for number in numbers)
