"""What is written next is prepared on a thread meanwhile: in order, one ahead, and failures come where they belong."""

from collections.abc import Iterator
from threading import Event, current_thread, main_thread

import pytest

from buddy.sync.ahead import ahead


def test_everything_comes_in_its_order() -> None:
    assert list(ahead(str, range(5))) == ["0", "1", "2", "3", "4"]
    assert list(ahead(str, [])) == []


def test_while_one_is_in_use_the_next_is_prepared_on_another_thread() -> None:
    prepared = [Event(), Event()]

    def prepare(number: int) -> bool:
        prepared[number].set()
        return current_thread() is main_thread()

    for on_this_thread in ahead(prepare, range(2)):
        assert prepared[1].wait(10)
        assert not on_this_thread


def test_no_more_than_one_is_read_ahead_and_on_the_thread_of_the_caller() -> None:
    read: list[int] = []

    def numbers() -> Iterator[int]:
        for number in range(9):
            assert current_thread() is main_thread()
            read.append(number)
            yield number

    for number in ahead(int, numbers()):
        assert read[-1] <= number + 1


def test_a_failure_comes_with_the_item_it_belongs_to() -> None:
    results = ahead(lambda number: 1 // number, [1, 0])
    assert next(results) == 1
    with pytest.raises(ZeroDivisionError):
        next(results)
