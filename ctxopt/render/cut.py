"""Texts that are cut to fit."""


def cut_middle(text: str, room: int, dots: str) -> str:
    """A text of at most `room` characters; the middle of a longer one is cut out, so that both ends can be read."""
    if len(text) <= room:
        return text
    kept = max(2, room - len(dots))
    return text[: kept - kept // 2] + dots + text[-(kept // 2) :]
