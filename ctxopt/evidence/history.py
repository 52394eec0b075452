"""Files that make a build read the history that a version control system keeps."""

from fnmatch import fnmatchcase

from ctxopt.catalogue.history import needs
from ctxopt.evidence.manifests import Files, document, speaks, strings


def may_read_history(name: str, files: Files) -> bool:
    """Whether a file of the root configures a build so that it may read the history; True if it cannot be read."""
    cases = [need for need in needs() if any(fnmatchcase(name, known) for known in need.files)]
    if not cases:
        return False
    doc = document(name, files)
    if doc is None or any(speaks(need, doc) for need in cases):
        return True
    scripts = strings(doc.text, "json", ("scripts.*",)) if name == "package.json" else []
    asking = {text for need in needs() for text in need.text if text.startswith("git ")}
    return any(text in script for script in scripts for text in asking)
