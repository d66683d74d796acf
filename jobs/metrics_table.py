"""Prints the table of docs/watching.md from the declared metrics: `python -m jobs.metrics_table`."""

from __future__ import annotations

from pipeline.metrics import METRICS


def markdown() -> str:
    """Every metric under the name that Prometheus has it by."""
    lines = ["| metric | labels | meaning |", "| --- | --- | --- |"]
    for metric in METRICS:
        labels = ", ".join(f"`{label}`" for label in metric.labels)
        lines.append(f"| `{metric.exported}` | {labels} | {metric.kind}: {metric.meaning} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(markdown(), end="")
