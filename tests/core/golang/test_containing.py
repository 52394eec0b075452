"""Values that are looked up by a text in a name are all found, however many there are."""

from hypothesis import given
from hypothesis import strategies as st

from ctxopt.core.golang.containing import Containing

_texts = st.text("abcd.", max_size=5)


@given(st.lists(_texts, max_size=60), _texts.flatmap(lambda text: st.just(f"x{text}y")))
def test_every_value_whose_text_is_in_a_name_is_a_candidate(texts: list[str], name: str) -> None:
    index: Containing[str] = Containing()
    for text in texts:
        index.add(text, text)
    candidates = list(index.candidates(name))
    assert sorted(text for text in candidates if text in name) == sorted(text for text in texts if text in name)
