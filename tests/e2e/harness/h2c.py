"""HTTP/2 without TLS by hand, for an answer that comes before the request is complete."""

import h2.config
import h2.connection
import h2.events

from .gateway import Gateway
from .raw import connect
from .settings import KEY


def post_until_answered(gateway: Gateway, size: int) -> tuple[int, bytes]:
    """Sends a chat request of so many bytes, and stops with the answer, as a good client does."""
    config = h2.config.H2Configuration(header_encoding="utf-8")
    protocol = h2.connection.H2Connection(config)
    protocol.initiate_connection()
    protocol.send_headers(1, headers(), end_stream=False)
    left = size
    answer = Answer()
    with connect(gateway) as connection:
        while not answer.ended:
            while left and (room := window(protocol)) and answer.status is None:
                piece = min(room, left)
                left -= piece
                protocol.send_data(1, b" " * piece, end_stream=not left)
            connection.sendall(protocol.data_to_send())
            for event in protocol.receive_data(connection.recv(65536)):
                answer.take(event, protocol)
    assert answer.status is not None
    return answer.status, answer.body


class Answer:
    def __init__(self) -> None:
        self.status: int | None = None
        self.body = b""
        self.ended = False

    def take(self, event: h2.events.Event, protocol: h2.connection.H2Connection) -> None:
        if isinstance(event, h2.events.ResponseReceived):
            self.status = int(dict(event.headers)[":status"])
        elif isinstance(event, h2.events.DataReceived):
            self.body += event.data
            protocol.acknowledge_received_data(event.flow_controlled_length, 1)
        elif isinstance(event, h2.events.StreamEnded | h2.events.StreamReset):
            self.ended = True


def headers() -> list[tuple[str, str]]:
    return [
        (":method", "POST"),
        (":scheme", "http"),
        (":authority", "gateway"),
        (":path", "/v1/chat/completions"),
        ("authorization", f"Bearer {KEY}"),
    ]


def window(protocol: h2.connection.H2Connection) -> int:
    return min(protocol.local_flow_control_window(1), protocol.max_outbound_frame_size)
