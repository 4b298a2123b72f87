import re

from app.mcp_client.names import assign_names

LEGAL = re.compile(r"[a-zA-Z0-9_-]{1,64}")


def test_a_name_of_its_own_stays_as_it_is() -> None:
    assert assign_names([("a", "read"), ("b", "write")], {}) == {("a", "read"): "read", ("b", "write"): "write"}


def test_a_shared_name_is_prefixed_everywhere() -> None:
    names = assign_names([("a", "read"), ("b", "read")], {})
    assert list(names.values()) == ["a_read", "b_read"]


def test_names_that_become_equal_when_cleaned_are_kept_apart() -> None:
    names = assign_names([("a b", "x"), ("a.b", "x"), ("a b", "y/z"), ("a b", "y z")], {})
    assert len(set(names.values())) == 4
    assert all(LEGAL.fullmatch(name) for name in names.values())


def test_a_prefixed_name_avoids_one_that_exists() -> None:
    names = assign_names([("a", "read"), ("b", "read"), ("c", "a_read")], {})
    assert len(set(names.values())) == 3


def test_long_names_are_cut_and_told_apart() -> None:
    names = assign_names([("a", "x" * 100 + "1"), ("a", "x" * 100 + "2")], {})
    assert len(set(names.values())) == 2
    assert all(LEGAL.fullmatch(name) for name in names.values())


def test_a_given_name_is_kept_when_others_come_and_go() -> None:
    given = assign_names([("a", "read")], {})
    later = assign_names([("b", "read"), ("a", "read")], given)
    assert later == {("b", "read"): "b_read", ("a", "read"): "read"}
    assert assign_names([("b", "read")], given | later) == {("b", "read"): "b_read"}


def test_an_empty_name_becomes_a_legal_one() -> None:
    assert all(LEGAL.fullmatch(name) for name in assign_names([("a", ""), ("b", "é")], {}).values())
