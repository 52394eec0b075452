"""Very many mentions with wildcards are found by the texts in them."""

from collections.abc import Callable

import pytest

from ctxopt.evidence.mentions import Mention, Mentions
from ctxopt.image.places import same_part
from tests.support.steps import assert_linear

_PARTS = ("n*1", "*1*", "?n", "[ab]*", "[x", "[ab]", "n[0-9]1", "*", "a\\*b*", "n1", "*n", "[^a]?")
_NAMES = ("n1", "n01", "an", "ab", "[x", "[ab]", "n51", "a*b", "a\\*b*", "a1b", "zz")


@pytest.mark.parametrize("name", _NAMES)
def test_what_is_found_is_what_matches(name: str) -> None:
    mentions = Mentions([Mention(("d", part), part) for part in _PARTS])
    # Plain names are found first.
    wanted = sorted(part for part in _PARTS if same_part(part, name))
    assert sorted(one.why for one in mentions.of(f"d/{name}")) == wanted


@pytest.mark.parametrize("pattern", ["n*{:04}", "[m-n]{:04}*"])
def test_as_many_names_as_mentions_with_wildcards_are_no_product(pattern: str) -> None:
    def work(size: int) -> Callable[[], object]:
        mentions = Mentions([Mention(("d", pattern.format(number)), "w") for number in range(size)])
        return lambda: [mentions.of(f"d/n{number:04}") for number in range(size)]

    assert_linear(work, 100)
