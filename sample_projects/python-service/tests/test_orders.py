import orders


def test_says_what_it_does() -> None:
    assert orders.__doc__
