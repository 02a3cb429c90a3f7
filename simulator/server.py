"""A small threaded HTTP/1.1 server for one WSGI application, which can break a connection without answering.

Ready-made servers turn an exception of the application into a page with status 500. Here a `ConnectionError` out of the
application, such as `faults.LostReply`, closes the socket, as a network does that loses a reply.
"""

import io
import sys
from collections.abc import Callable, Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote_to_bytes

App = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Server(ThreadingHTTPServer):
    """Serves `app`, which may be set after the port is known (`server_port`; 0 asks for a free one)."""

    daemon_threads = True
    request_queue_size = 128

    app: App

    def __init__(self, host: str, port: int) -> None:
        super().__init__((host, port), _Handler)

    def server_bind(self) -> None:
        """As inherited, without the slow look-up of our own name."""
        self.socket.setsockopt(6, 1, 1)  # TCP_NODELAY: answers are written once, and should leave at once
        super(ThreadingHTTPServer, self).server_bind()


class _Handler(BaseHTTPRequestHandler):
    """One connection: its requests one after another."""

    protocol_version = "HTTP/1.1"
    server: Server

    def answer(self) -> None:
        """One request through the application."""
        status: list[str] = []
        headers: list[tuple[str, str]] = []

        def start_response(line: str, given: list[tuple[str, str]], _exc_info: Any = None) -> Callable[[bytes], None]:
            status[:], headers[:] = [line], given
            return lambda _: None

        try:
            parts = self.server.app(self._environ(), start_response)
            body = b"".join(parts)
        except ConnectionError:
            self.close_connection = True
            return
        except Exception:
            self.close_connection = True
            self.send_error(500)
            raise
        self._send(status[0], headers, body)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = answer  # noqa: N815  # http.server's names

    def _send(self, status: str, headers: list[tuple[str, str]], body: bytes) -> None:
        """Head and body in one write: chunked when the application gave no length."""
        lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in headers)]
        sized = any(name.lower() == "content-length" for name, _ in headers)
        bare = self.command == "HEAD" or status[:3] in {"204", "304"}  # these end with the head (RFC 9112, 6.3)
        if not sized and not bare:
            lines.append("Transfer-Encoding: chunked")
            body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body) if body else b"0\r\n\r\n"
        head = "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"
        self.wfile.write(head + (b"" if bare else body))

    def _environ(self) -> dict[str, Any]:
        path, _, query = self.path.partition("?")
        environ: dict[str, Any] = {
            "REQUEST_METHOD": self.command,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
            "QUERY_STRING": query,
            "SERVER_NAME": self.server.server_name,
            "SERVER_PORT": str(self.server.server_port),
            "SERVER_PROTOCOL": self.request_version,
            "REMOTE_ADDR": self.client_address[0],
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(self._body()),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            "wsgi.input_terminated": True,
        }
        for name, value in self.headers.items():
            key = name.upper().replace("-", "_")
            environ[key if key in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{key}"] = value
        return environ

    def _body(self) -> bytes:
        """The whole request body, by length or by chunks."""
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            parts = []
            while size := int(self.rfile.readline().split(b";")[0], 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(parts)
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def log_message(self, format: str, *args: Any) -> None:
        """Silence: the simulator keeps its own log of calls."""
