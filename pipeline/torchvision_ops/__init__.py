"""A directory for `PYTHONPATH`: its `sitecustomize.py` lets torchvision be imported beside a CPU build of torch."""
