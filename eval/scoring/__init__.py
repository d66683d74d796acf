"""Scores of one reply: pure functions of reply and reference."""
