"""What MkDocs calls while it makes the site: the navigation, and links that leave this directory."""

import logging
import posixpath
import re
from pathlib import Path
from typing import Any

#: What is logged there fails a strict build.
_LOG = logging.getLogger("mkdocs.hooks")
_HERE = Path(__file__).resolve().parent
#: Where files of the repository that are no pages are.
_REPOSITORY = "https://github.com/ctxopt/ctxopt/"
_LINK = re.compile(r"\]\((?![a-z]+:|#|/)([^)\s]+)\)")


def on_config(config: Any) -> Any:
    """Make the navigation of the sections and tables of the first page."""
    config["nav"] = [{"Overview": "README.md"}, *_sections((_HERE / "README.md").read_text(encoding="utf-8"))]
    return config


def on_page_markdown(markdown: str, *, page: Any, **_: Any) -> str:
    """Let links to what is not in this directory lead to the repository."""
    return _LINK.sub(lambda found: f"]({_target(found[1], posixpath.dirname(page.file.src_uri))})", markdown)


def _sections(text: str) -> list[dict[str, Any]]:
    """The navigation: a section for each heading, with the pages that its table links to."""
    found = []
    for part in text.split("\n## ")[1:]:
        links = re.findall(r"^\| \[([^\]]+)\]\(([^)]+)\)", part, re.MULTILINE)
        found.append({part.partition("\n")[0].strip(): [_entry(title, target) for title, target in links]})
    return found


def _entry(title: str, target: str) -> dict[str, Any]:
    """A page, or all pages of a directory whose first page it is; what is elsewhere is a link."""
    target = _target(target, "")
    if target.endswith("/README.md"):
        directory = posixpath.dirname(target)
        others = sorted(path.name for path in (_HERE / directory).glob("*.md") if path.name != "README.md")
        return {title: [target, *(f"{directory}/{name}" for name in others)]}
    return {title: target}


def _target(target: str, directory: str) -> str:
    """A link of a page in a directory: as it is, or to the repository where it leads out of this one."""
    path, anchor, fragment = target.partition("#")
    place = posixpath.normpath(posixpath.join("docs", directory, path))
    if place.startswith("docs/") and (_HERE.parent / place).suffix != ".py":
        return target
    if not (_HERE.parent / place).exists():
        _LOG.warning("'%s' is not in the repository", place)
    kind = "tree" if (_HERE.parent / place).is_dir() else "blob"
    return f"{_REPOSITORY}{kind}/main/{place}{anchor}{fragment}"
