"""From the Wikidata JSON dump to cultural concepts."""
