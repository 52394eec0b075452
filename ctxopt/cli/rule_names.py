"""Rules as people name them: an id in any case, the beginning of ids, or a name."""

from collections.abc import Iterable

from ctxopt.errors import CtxoptError
from ctxopt.findings import all_rules
from ctxopt.findings.rule import Rule

#: Minimum similarity of a rule that is suggested; at most so many are.
_SIMILAR = 0.6
_SUGGESTED = 3


def rules_of(words: Iterable[str]) -> tuple[Rule, ...]:
    """The rules that are named, in the order of the words; commas separate as well. Raises CtxoptError."""
    names = [name.strip() for word in words for name in word.split(",")]
    return tuple(dict.fromkeys(rule for name in names if name for rule in _named(name)))


def ids_of(words: Iterable[str]) -> tuple[str, ...]:
    """The ids of the rules that are named. Raises CtxoptError."""
    return tuple(rule.id for rule in rules_of(words))


def _named(name: str) -> list[Rule]:
    wanted = name.lower().replace("_", "-")
    exact = [rule for rule in all_rules() if wanted in (rule.id.lower(), rule.name)]
    found = exact or [rule for rule in all_rules() if wanted.startswith("ctx") and rule.id.lower().startswith(wanted)]
    if not found:
        raise CtxoptError(f'no rule "{name}"', hint=_hint(wanted))
    return found


def _hint(wanted: str) -> str:
    from difflib import get_close_matches

    known = {word: rule.id for rule in all_rules() for word in (rule.id.lower(), rule.name)}
    near = get_close_matches(wanted[:60], known, _SUGGESTED, _SIMILAR)
    # A number with other zeros in front is meant to be that very one.
    number = wanted[3:].lstrip("0") if wanted.startswith("ctx") else ""
    same = [rule.id for rule in all_rules() if number and rule.id[3:].lstrip("0") == number]
    ids = dict.fromkeys((*same, *(known[word] for word in near if not same)))
    return f"did you mean {' or '.join(ids)}?" if ids else "`ctxopt rules` lists them"
