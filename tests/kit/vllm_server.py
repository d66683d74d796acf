"""vLLM's OpenAI-compatible server for the CPU build: `python -m tests.kit.vllm_server`, with the server's arguments.

`vllm serve` cannot be used there: it asks for its package by a name that this build does not have, and attaches the
routes of a hosting service, whose package `requirements/cpu-excludes.txt` leaves out.
"""

from __future__ import annotations

from pipeline import torchvision_remedy


def main() -> None:
    torchvision_remedy.ensure()
    from vllm.entrypoints.launchers import app
    from vllm.entrypoints.launchers.api_server import entry
    from vllm.entrypoints.serve.sagemaker import api_router

    api_router.attach_router = lambda *arguments: None
    app.sagemaker_standards_bootstrap = lambda application: application
    entry.main()


if __name__ == "__main__":
    main()
