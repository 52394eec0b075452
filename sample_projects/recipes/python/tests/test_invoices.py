from billing.invoices import total


def test_the_total() -> None:
    assert total([1, 2]) == 3
