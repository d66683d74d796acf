"""A command as somebody whom permissions bind: root, who may otherwise read and write everything, gives that up."""

from __future__ import annotations

import os
import shutil

import pytest

# Not another user: folders of tests are closed to others, and so may the way to the checkout be.
PREFIX = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.geteuid() == 0 else []

can_give_up = pytest.mark.skipif(
    bool(PREFIX) and shutil.which("setpriv") is None, reason="root may write anywhere, and setpriv is not installed"
)
