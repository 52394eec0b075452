import pytest

from ctxopt.core.golang.strconv import parse_bool


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *((text, True) for text in ("1", "t", "T", "TRUE", "true", "True")),
        *((text, False) for text in ("0", "f", "F", "FALSE", "false", "False")),
        *((text, None) for text in ("", "yes", "no", "tRUE", " true", "01", "on")),
    ],
)
def test_truth_values(text: str, value: bool | None) -> None:
    assert parse_bool(text) is value
