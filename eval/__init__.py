"""Evaluation: held-out items and benchmarks through vLLM, scored, with intervals, and a report."""
