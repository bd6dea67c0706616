"""A small Hub on loopback: the routes huggingface_hub 1.33 really asks, over real HTTP, with faults on demand."""

from __future__ import annotations

import hashlib
import json
import re
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

#: Files above this many bytes are "large": the Hub declares their sha256 and redirects to its CDN.
LARGE = 4096


@dataclass
class LocalHub:
    """``repos`` maps a repository's name to its files. Faults are set by tests between requests."""

    repos: dict[str, dict[str, bytes]] = field(default_factory=dict)
    #: Bytes after which the next transfers of a file break off (one entry is used up each time).
    cuts: dict[str, list[int]] = field(default_factory=dict)
    #: Files sent with one byte changed.
    damaged: set[str] = field(default_factory=set)
    #: Repositories that only accounts with consent may have.
    gated: set[str] = field(default_factory=set)
    #: "" answers; "silent" takes the connection and says nothing; "drip" sends a byte of header each 0.2 s;
    #: "proxy" refuses in HTML, as a company's firewall does.
    mood: str = ""
    #: (method, path, Range header) of every request.
    seen: list[tuple[str, str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        hub = self

        class Handler(_Handler):
            pass

        Handler.hub = hub
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.closing = threading.Event()
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self.thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def add(self, repo: str, folder: Path) -> None:
        """Offer a folder's files as a repository."""
        self.repos[repo] = {
            str(file.relative_to(folder)): file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()
        }

    def commit(self, repo: str) -> str:
        listing = [(name, hashlib.sha256(data).hexdigest()) for name, data in sorted(self.repos[repo].items())]
        return hashlib.sha1(json.dumps(listing).encode()).hexdigest()

    def close(self) -> None:
        self.closing.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


class _Handler(BaseHTTPRequestHandler):
    hub: LocalHub
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        pass

    def do_HEAD(self) -> None:
        self._route()

    def do_GET(self) -> None:
        self._route()

    def _route(self) -> None:
        path = unquote(urlsplit(self.path).path)
        self.hub.seen.append((self.command, path, self.headers.get("Range", "")))
        if self.hub.mood:
            return self._sulk()
        if path == "/api/models":
            return self._json(200, [])
        if match := re.fullmatch(r"/api/models/(.+?/.+?)(?:/revision/(.+))?", path):
            return self._info(*match.groups())
        if match := re.fullmatch(r"/(cdn/)?(.+?/.+?)/resolve/(.+?)/(.+)", path):
            return self._file(*match.groups())
        self._json(404, {"error": "Not Found"})

    def _sulk(self) -> None:
        self.close_connection = True
        if self.hub.mood == "proxy":
            return self._send(403, b"<html>blocked by policy</html>", {"Content-Type": "text/html"})
        if self.hub.mood == "drip":
            for byte in b"HTTP/1.1 200 OK\r\nX-Padding: " + b"x" * 600:
                if self.hub.closing.wait(0.2):
                    return
                try:
                    self.wfile.write(bytes([byte]))
                except OSError:
                    return
        self.hub.closing.wait(60)

    def _known(self, repo: str, revision: str | None) -> bool:
        if repo not in self.hub.repos:
            # The real Hub hides private repositories behind the same answer.
            self._json(401, {"error": "Repository not found"}, {"X-Error-Code": "RepoNotFound"})
            return False
        if repo in self.hub.gated:
            self._json(401, {"error": "Access is restricted"}, {"X-Error-Code": "GatedRepo"})
            return False
        if revision not in (None, "main", self.hub.commit(repo)):
            self._json(404, {"error": "Invalid rev id"}, {"X-Error-Code": "RevisionNotFound"})
            return False
        return True

    def _info(self, repo: str, revision: str | None) -> None:
        if not self._known(repo, revision):
            return
        siblings = []
        for name, data in self.hub.repos[repo].items():
            entry: dict[str, Any] = {"rfilename": name, "size": len(data), "blobId": hashlib.sha1(data).hexdigest()}
            if len(data) > LARGE:
                entry["lfs"] = {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data), "pointerSize": 130}
            siblings.append(entry)
        answer = {"id": repo, "modelId": repo, "sha": self.hub.commit(repo), "private": False, "siblings": siblings}
        self._json(200, answer, {"X-Repo-Commit": self.hub.commit(repo)})

    def _file(self, cdn: str | None, repo: str, revision: str, name: str) -> None:
        if not self._known(repo, revision):
            return
        data = self.hub.repos[repo].get(name)
        if data is None:
            return self._json(404, {"error": "Entry not found"}, {"X-Error-Code": "EntryNotFound"})
        digest = hashlib.sha256(data).hexdigest()
        headers = {"ETag": f'"{digest}"', "X-Repo-Commit": self.hub.commit(repo), "Accept-Ranges": "bytes"}
        if len(data) > LARGE and not cdn:
            place = f"{self.hub.url}/cdn/{repo}/resolve/{revision}/{name}"
            linked = {"X-Linked-Etag": f'"{digest}"', "X-Linked-Size": str(len(data)), "Location": place}
            return self._send(302, b"", {**headers, **linked})
        if name in self.hub.damaged:
            data = bytes([data[0] ^ 1]) + data[1:]
        start, status = 0, 200
        if match := re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", "")):
            start, status = int(match[1]), 206
            headers["Content-Range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
        self._send(status, data[start:], headers, self.hub.cuts.get(name))

    def _json(self, status: int, value: Any, headers: dict[str, str] | None = None) -> None:
        self._send(status, json.dumps(value).encode(), {"Content-Type": "application/json", **(headers or {})})

    def _send(self, status: int, body: bytes, headers: dict[str, str], cuts: list[int] | None = None) -> None:
        self.send_response(status)
        for key, value in headers.items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "HEAD":
            return
        if cuts:
            self.wfile.write(body[: cuts.pop(0)])
            self.wfile.flush()
            time.sleep(0.02)
            self.close_connection = True  # less than was promised: the line is cut
            return
        self.wfile.write(body)
