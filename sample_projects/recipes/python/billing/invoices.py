def total(cents: list[int]) -> int:
    return sum(cents)
