"""Rewording and judging of questions by language models: prompts, engines, checks of replies, and their store."""
