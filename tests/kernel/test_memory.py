from opsdesk.kernel.memory import forget, remembered, remembering

asked: list[tuple[str, int]] = []


@remembered
def setting(name: str, version: int = 0) -> int:
    asked.append((name, version))
    return len(asked)


def test_a_setting_is_read_once_in_an_operation_and_again_in_the_next() -> None:
    asked.clear()
    with remembering():
        assert setting("a") == setting("a") == 1
        assert setting("b") == 2
        assert setting("a", version=3) == 3
    with remembering():
        assert setting("a") == 4


def test_outside_an_operation_nothing_is_remembered() -> None:
    asked.clear()
    assert (setting("a"), setting("a")) == (1, 2)


def test_an_operation_within_another_shares_its_memory_and_ends_without_it() -> None:
    asked.clear()
    with remembering():
        setting("a")
        with remembering():
            setting("a")
        setting("a")
    assert asked == [("a", 0)]


def test_what_changes_a_setting_makes_it_forgotten() -> None:
    asked.clear()
    forget()
    with remembering():
        setting("a")
        forget()
        setting("a")
    assert len(asked) == 2
