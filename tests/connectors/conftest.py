"""Fixtures of the contract: every platform in turn."""

from collections.abc import Iterator

import pytest

import connectors
from tests.connectors.rig import Rig, rig

KINDS = connectors.kinds()


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def ours(kind: str) -> Iterator[Rig]:
    with rig(kind) as made:
        yield made
