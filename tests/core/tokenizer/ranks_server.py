"""A server on this machine for files, which can send slowly, wrongly or not at all."""

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    """Sends what its server holds, and counts."""

    def do_GET(self):
        self.server.asked.append(self.path)
        self.server.gate.wait(20)
        if self.server.status != 200:
            self.send_error(self.server.status)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(self.server.content)))
        self.end_headers()
        self.wfile.write(self.server.content)

    def log_message(self, *_):
        pass


@contextmanager
def serving(content: bytes, status: int = 200):
    """A running server; its `gate` can be closed, and `asked` lists what was asked for."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.content, server.status, server.asked = content, status, []
        server.gate = threading.Event()
        server.gate.set()
        server.address = f"http://127.0.0.1:{server.server_port}/"
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        try:
            yield server
        finally:
            server.gate.set()
            server.shutdown()
