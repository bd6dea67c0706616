"""From the Hub to this machine: is it there, what does it hold, and bring it here, going on after a broken try.

huggingface_hub gives addresses, headers, session and errors. The transfer is ours: its ``hf_hub_download`` (1.33)
throws a partial file away when the process ends and loses up to 10 MB at a break; our ``.part`` file loses nothing.
"""

from __future__ import annotations

import errno
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath

from izwi.hub.faults import DownloadFailed, HubOutOfReach, NotOnHub, Tampered
from izwi.hub.progress import Progress, Step
from izwi.hub.registry import Model
from izwi.hub.verify import digest

#: Transfers that bring nothing new before a file is given up, and the seconds before the second; each wait doubles.
TRIES, PAUSE = 5, 1.0
#: Seconds for an answer about a repository, and of silence within a transfer.
ANSWER = 10.0


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file of a repository: ``size`` in bytes, ``sha256`` where the Hub declares one (large files), else empty."""

    name: str
    size: int
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """The files of one commit that a model wants."""

    commit: str
    files: tuple[RemoteFile, ...]

    @property
    def size(self) -> int:
        return sum(file.size for file in self.files)


def reach(endpoint: str, deadline: float) -> None:
    """Return once ``endpoint`` answers like a Hub; raise ``HubOutOfReach`` after ``deadline`` seconds in all.

    The deadline covers name lookup, connection and a server that drips or never ends its answer. A proxy's refusal
    (HTML, or 403) is no Hub.
    """
    import httpx
    from huggingface_hub.errors import OfflineModeIsEnabled
    from huggingface_hub.utils import get_session

    answer: list[str] = []

    def ask() -> None:
        try:
            reply = get_session().get(f"{endpoint}/api/models", params={"limit": 1}, timeout=2 * deadline)
            kind = reply.headers.get("content-type", "")
            like = reply.status_code < 500 and reply.status_code != 403 and kind.startswith("application/json")
            answer.append(
                "" if like else f"it answered {reply.status_code} {kind or 'with nothing'}, which is no hub's"
            )
        except OfflineModeIsEnabled:
            answer.append("HF_HUB_OFFLINE is set")
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            answer.append(type(error).__name__)

    asking = threading.Thread(target=ask, name="reach-hub", daemon=True)
    asking.start()
    asking.join(deadline)
    why = answer[0] if answer else f"no answer within {deadline:g} s"
    if why:
        raise HubOutOfReach(endpoint, why)


def plan(model: Model, endpoint: str, revision: str) -> Plan:
    """What to fetch of ``model`` at ``revision`` (a branch, tag or commit). Raises ``NotOnHub``, ``HubOutOfReach``."""
    import httpx
    from huggingface_hub import HfApi, errors

    try:
        info = HfApi(endpoint=endpoint).model_info(model.repo, revision=revision, timeout=ANSWER, files_metadata=True)
    except errors.GatedRepoError:
        why = "is given only to accounts that asked for it; set HF_TOKEN"
        raise NotOnHub(f"The repository {model.repo} {why} (for {model.name}).") from None
    except errors.RepositoryNotFoundError:
        raise NotOnHub(f"The hub has no repository {model.repo} (for {model.name}).") from None
    except errors.RevisionNotFoundError:
        raise NotOnHub(f"The repository {model.repo} has no revision {revision} (for {model.name}).") from None
    except (errors.HfHubHTTPError, httpx.HTTPError, OSError, ValueError) as error:
        raise HubOutOfReach(endpoint, type(error).__name__) from error
    held = {sibling.rfilename: sibling for sibling in info.siblings or []}
    chosen: dict[str, RemoteFile] = {}
    for pattern in (*model.files, *model.also):
        choices = ([name for name in held if _matches(name, one)] for one in pattern.split("|"))
        names = next(filter(None, choices), [])
        if not names and pattern in model.files:
            raise NotOnHub(
                f"The repository {model.repo} holds no file {pattern.replace('|', ' or ')} (for {model.name})."
            )
        for name in names:
            lfs = held[name].lfs
            chosen[name] = RemoteFile(name, held[name].size or 0, lfs.sha256 if lfs else "")
    return Plan(info.sha or revision, tuple(chosen.values()))


def _matches(name: str, pattern: str) -> bool:
    """Glob within one folder: ``*.json`` leaves ``checkpoint-500/config.json`` alone. No name may leave its folder."""
    path = PurePosixPath(name)
    inside = not path.is_absolute() and ".." not in path.parts
    return inside and name.count("/") == pattern.count("/") and fnmatch(name, pattern)


def download(model: Model, wanted: Plan, folder: Path, endpoint: str, progress: Progress) -> None:
    """Bring the files of ``wanted`` into ``folder``; those already whole are left.

    Raises ``DownloadFailed`` (what arrived is kept) and ``Tampered`` (the Hub's own checksum does not hold).
    """
    before = 0
    for file in wanted.files:
        target = folder / file.name
        if not target.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            part = target.with_name(f"{target.name}.part")

            def tell(done: int, name: str = file.name, before: int = before) -> None:
                progress(Step(model.name, "download", name, before + done, wanted.size))

            _fetch(model, wanted.commit, file, part, endpoint, tell)
            if file.sha256 and digest(part) != file.sha256:
                part.unlink()
                raise Tampered(model.name, file.name)
            part.replace(target)
        before += file.size
        progress(Step(model.name, "download", file.name, before, wanted.size))


def _fetch(model: Model, commit: str, file: RemoteFile, part: Path, endpoint: str, tell: Callable[[int], None]) -> None:
    """Append to ``part`` until it holds all of ``file``; give up after ``TRIES`` transfers that brought nothing."""
    import httpx
    from huggingface_hub import hf_hub_url
    from huggingface_hub.errors import HfHubHTTPError, OfflineModeIsEnabled

    url = hf_hub_url(model.repo, file.name, revision=commit, endpoint=endpoint)
    failed = 0
    while True:
        held = part.stat().st_size if part.exists() else 0
        if held == file.size and part.exists():
            return
        try:
            _transfer(url, part, held, file.size, tell)
            continue
        except HfHubHTTPError as error:
            if error.response.status_code in (401, 403, 404, 410):
                raise NotOnHub(f"The file {file.name} of {model.repo} cannot be had (for {model.name}).") from error
            why = f"the hub answered {error.response.status_code}"
        except OfflineModeIsEnabled as error:
            raise HubOutOfReach(endpoint, "HF_HUB_OFFLINE is set") from error
        except httpx.TransportError as error:
            why = type(error).__name__
        except OSError as error:
            full = error.errno == errno.ENOSPC
            why = "the disk is full" if full else f"it could not be written: {error.strerror}"
            raise DownloadFailed(model.name, file.name, why) from error
        failed = 0 if part.exists() and part.stat().st_size > held else failed + 1
        if failed == TRIES:
            raise DownloadFailed(model.name, file.name, why)
        time.sleep(PAUSE * 2 ** max(0, failed - 1))


def _transfer(url: str, part: Path, held: int, size: int, tell: Callable[[int], None]) -> None:
    """One request for the bytes after ``held``. Raises ``httpx.TransportError``, ``HfHubHTTPError``, ``OSError``."""
    import httpx
    from huggingface_hub.utils import build_hf_headers, get_session, hf_raise_for_status

    # No compression on the way: sizes and ranges are those of the file itself.
    headers = {**build_hf_headers(), "Accept-Encoding": "identity"}
    if 0 < held < size:
        headers["Range"] = f"bytes={held}-"
    with get_session().stream("GET", url, headers=headers, timeout=ANSWER) as reply:
        hf_raise_for_status(reply)
        done = held if reply.status_code == 206 else 0  # 200: the whole file, from its beginning
        with part.open("ab" if done else "wb") as stream:
            for piece in reply.iter_raw():
                done += len(piece)
                if done > size:
                    stream.truncate(0)
                    raise httpx.RemoteProtocolError("more bytes than the file has")
                stream.write(piece)
                tell(done)
    if done < size:
        raise httpx.RemoteProtocolError("fewer bytes than the file has")
