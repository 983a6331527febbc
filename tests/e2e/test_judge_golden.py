"""Every golden request is one that its provider's own model of the API knows."""

import pytest

from harness import goldens, judges
from harness.goldens import Sent
from harness.recorded import files
from harness.recorded.frames import Framing

SENT = goldens.sent()


@pytest.mark.parametrize("sent", SENT, ids=lambda sent: f"{sent.kind}/{sent.name}")
def test_a_golden_request_is_taken_by_its_judge(sent: Sent) -> None:
    judges.judge(sent.kind, sent.path, sent.body)


def test_every_golden_file_was_read() -> None:
    kinds = {file.parent.parent.name for file in goldens.files()}
    assert kinds == {sent.kind for sent in SENT}
    assert len(SENT) >= 90
