"""Slash-separated paths as Go's `path` and (on Linux and macOS) `path/filepath` treat them."""


def clean(path: str) -> str:
    """`path.Clean`: the shortest equivalent path by purely lexical means; "." for an empty one."""
    if not path:
        return "."
    # Most paths are clean already, which is told without their parts.
    if "/." not in path and "//" not in path and path[0] != "." and (path[-1] != "/" or path == "/"):
        return path
    rooted = path[0] == "/"
    out: list[str] = []
    for part in path.split("/"):
        if part in ("", "."):
            continue
        if part != "..":
            out.append(part)
        elif out and out[-1] != "..":
            out.pop()
        elif not rooted:
            out.append("..")
    joined = "/".join(out)
    if rooted:
        return "/" + joined
    return joined or "."


def join(*parts: str) -> str:
    """`path.Join`: the non-empty parts joined by slashes and cleaned; "" if all are empty."""
    joined = "/".join(filter(None, parts))
    return clean(joined) if joined else ""


def split(path: str) -> tuple[str, str]:
    """`path.Split`: everything up to and including the last slash, and what follows it."""
    cut = path.rfind("/") + 1
    return path[:cut], path[cut:]


def base(path: str) -> str:
    """`path.Base`: the last element; "." for an empty path, "/" for slashes only."""
    if not path:
        return "."
    return path.rstrip("/").rpartition("/")[2] or "/"


def parent(path: str) -> str:
    """`path.Dir`: all but the last element, cleaned; "." where nothing is left."""
    return clean(split(path)[0])
