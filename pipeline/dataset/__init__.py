"""From questions to what is published: shards, index, attribution, card."""
