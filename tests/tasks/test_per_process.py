"""What each process has for itself."""

import os

from tasks.per_process import PerProcess


def test_process_gets_the_same_again() -> None:
    """It is made when it is first asked for, and once."""
    made: list[object] = []

    def make() -> object:
        made.append(object())
        return made[-1]

    own = PerProcess(make)
    assert made == []
    assert own.get() is own.get()
    assert len(made) == 1


def test_child_gets_its_own_and_leaves_its_parents_alone() -> None:
    """After a fork the child makes another, and keeps it."""
    own = PerProcess(object)
    before = own.get()
    child = os.fork()
    if not child:
        is_own = False
        try:
            mine = own.get()
            is_own = mine is not before and own.get() is mine
        finally:
            os._exit(not is_own)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert own.get() is before
