"""Broken connections on real sockets: what the HTTP library makes of them decides whether a write is in doubt."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from buddy.quickbooks.errors import Retryable
from buddy.quickbooks.http import Http

ENOUGH = 5.0


@contextmanager
def server(answer: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server of one connection: it reads the request and then does what `answer` does."""
    listening = socket.create_server(("127.0.0.1", 0))
    listening.settimeout(ENOUGH)

    def serve() -> None:
        connection, _address = listening.accept()
        with connection:
            connection.settimeout(ENOUGH)
            request = b""
            while not request.endswith(b"{}"):  # the head and the body may come in two pieces
                request += connection.recv(65536)
            answer(connection)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield "http://{}:{}/v3/company/1/batch".format(*listening.getsockname())
    finally:
        thread.join(ENOUGH)
        listening.close()


def write(url: str) -> Retryable:
    with Http(write_timeout=0.3) as http, pytest.raises(Retryable) as raised:
        http.request("POST", url, content=b"{}", write=True)
    return raised.value


def nobody_listens() -> str:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return f"http://127.0.0.1:{free.getsockname()[1]}/"


def hang_up(_connection: socket.socket) -> None:
    return


def stay_silent(connection: socket.socket) -> None:
    connection.recv(1)  # until the client gives up


def reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


def break_off(connection: socket.socket) -> None:
    connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"BatchItem')


def babble(connection: socket.socket) -> None:
    connection.sendall(b"this is no HTTP\r\n\r\n")


def test_a_refused_connection_was_never_a_write() -> None:
    assert not write(nobody_listens()).in_doubt


def test_an_unknown_host_was_never_a_write() -> None:
    assert not write("http://host.invalid/").in_doubt


@pytest.mark.parametrize("answer", [hang_up, stay_silent, reset, break_off, babble])
def test_a_connection_that_breaks_after_the_request_leaves_the_write_in_doubt(
    answer: Callable[[socket.socket], None],
) -> None:
    with server(answer) as url:
        assert write(url).in_doubt


def test_an_answer_in_time_is_a_success() -> None:
    with (
        server(lambda connection: connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")) as url,
        Http() as http,
    ):
        assert http.request("POST", url, content=b"{}", write=True).content == b"{}"
