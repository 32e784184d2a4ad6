"""A hub on this machine: the few addresses that huggingface_hub asks for, and a record of them."""

import hashlib
import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class Hub:
    address: str
    fetched: list[str] = field(default_factory=list)  # names of the files that were sent


class Handler(BaseHTTPRequestHandler):
    """Answers from the folders that its server knows."""

    protocol_version = "HTTP/1.1"

    def do_HEAD(self):
        self.answer()

    def do_GET(self):
        self.answer()

    def answer(self):
        path = urlsplit(self.path).path.strip("/")
        name = next((name for name in self.server.folders if f"{name}/" in f"{path}/"), None)
        if name is None:
            self.send(404, b"{}", {"X-Error-Code": "RepoNotFound"})
            return
        folder, rest = self.server.folders[name], path.split(name, 1)[1].strip("/")
        if rest.startswith("resolve/"):
            self.send_file(folder / rest.split("/", 2)[2])
        else:
            told = tree(folder) if rest.startswith("tree/") else info(name, folder)
            self.send(200, json.dumps(told).encode(), {"Content-Type": "application/json"})

    def send_file(self, file):
        if not file.is_file():
            self.send(404, b"", {"X-Error-Code": "EntryNotFound"})
            return
        if self.command == "GET":
            self.server.hub.fetched.append(file.name)
        content = file.read_bytes()
        self.send(200, content, {"ETag": f'"{git_hash(content)}"', "X-Repo-Commit": COMMIT})

    def send(self, status, content, headers):
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        for key, value in headers.items():
            self.send_header(key, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(content)

    def log_message(self, *_):
        pass


@contextmanager
def serving(folders: dict[str, Path]):
    """A running hub with the folders under their names."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.folders = folders
        server.hub = Hub(f"http://127.0.0.1:{server.server_port}")
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        try:
            yield server.hub
        finally:
            server.shutdown()


def info(name, folder):
    files = [{"rfilename": file.name, "size": file.stat().st_size} for file in folder.iterdir()]
    return {"id": name, "modelId": name, "sha": COMMIT, "private": False, "siblings": files}


def tree(folder):
    return [
        {
            "type": "file",
            "path": file.name,
            "size": file.stat().st_size,
            "oid": git_hash(file.read_bytes()),
        }
        for file in folder.iterdir()
    ]


def git_hash(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
