"""How a repository of a hub is named."""

from __future__ import annotations

import pytest

from pipeline.dataset.publish.address import HubAddress, parse_hub
from pipeline.errors import UserError


@pytest.mark.parametrize(
    ("text", "repo", "branch"),
    [
        ("hub:datasets/lab/food", "lab/food", "main"),
        ("hub:datasets/Lab-1/food.v2_x@v2/draft", "Lab-1/food.v2_x", "v2/draft"),
    ],
)
def test_read_and_written(text: str, repo: str, branch: str) -> None:
    address = parse_hub(text)
    assert address == HubAddress(repo, branch)
    assert address.uri == text


@pytest.mark.parametrize(
    "text",
    [
        "hub:", "hub:lab/food", "hub:models/lab/food", "hub:datasets/food", "hub:datasets/lab/food/more",
        "hub:datasets/lab/", "hub:datasets//food", "hub:datasets/lab/food@",
    ],
)  # fmt: skip
def test_another_form_is_refused(text: str) -> None:
    with pytest.raises(UserError, match=r"--to hub:.*: write hub:datasets/OWNER/NAME"):
        parse_hub(text)


@pytest.mark.parametrize("name", ["fo--od", "food.git", "-food", "fo od", "x" * 97, "früh"])
def test_a_name_that_no_repository_has_is_refused(name: str) -> None:
    with pytest.raises(UserError, match=r"--to hub:.*: .*[Rr]epo.id"):
        parse_hub(f"hub:datasets/lab/{name}")


@pytest.mark.parametrize("branch", ["a..b", "a//b", "/a", "a/", "a b", "a~1", "-x", "a.", "refs@x"])
def test_a_name_that_no_branch_has_is_refused(branch: str) -> None:
    with pytest.raises(UserError, match="is no name of a branch"):
        parse_hub(f"hub:datasets/lab/food@{branch}")
