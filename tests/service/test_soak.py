"""A service that is killed again and again while its receivers come and go: nothing is lost, doubled or out of order."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.service.soak import soak


@pytest.mark.slow
def test_a_short_one(tmp_path: Path) -> None:
    """`make soak` is a longer one."""
    result = soak(tmp_path, 12, 7)
    assert not result.wrong
    assert result.accepted > 100 and result.kills > 1 and result.reloads > 3 and result.delivered >= 3 * result.accepted
