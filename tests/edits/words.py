"""Names that no two records share a part of, so that nobody takes one for the other."""


def word(number: int) -> str:
    """Letters that have nothing in common with those of another number."""
    mixed = number * 2_654_435_761 % 2**32
    return "".join("bcdfghjklmnpqrstvwxz"[mixed // 20**place % 20] for place in range(7)).capitalize()
