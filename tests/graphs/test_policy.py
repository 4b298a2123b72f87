import math

import pytest

from graphs.policy import ArgumentLimit, Policy, Rule
from graphs.toolset import ToolSpec

READ = ToolSpec(name="list_notes", server="notes", tool="list_notes", read_only=True)
WRITE = ToolSpec(name="delete_note", server="notes", tool="delete_note")


def decide(policy: Policy, spec: ToolSpec = WRITE, arguments: dict | None = None, grants: tuple[str, ...] = ()) -> str:
    return policy.judge(spec, arguments or {}, grants)["decision"]


def test_without_rules_reading_is_allowed_and_everything_else_asks():
    assert decide(Policy(), READ) == "allow"
    assert decide(Policy(), WRITE) == "ask"


@pytest.mark.parametrize("default", ["allow", "ask", "deny"])
def test_another_default_replaces_the_annotations(default):
    assert decide(Policy(default=default), READ) == default
    assert decide(Policy(default=default), WRITE) == default


def test_the_first_matching_rule_decides():
    policy = Policy(
        rules=(Rule(tool="notes:delete_*", decision="allow"), Rule(tool="notes:*", decision="ask")), default="deny"
    )
    assert decide(policy, WRITE) == "allow"
    assert decide(policy, READ) == "ask"


def test_globs_see_case_and_the_server():
    policy = Policy(rules=(Rule(tool="Notes:*", decision="allow"), Rule(tool="delete_note", decision="allow")))
    assert decide(policy, WRITE) == "ask"


def test_a_deny_rule_wins_over_earlier_rules_and_grants():
    policy = Policy(rules=(Rule(tool="notes:*", decision="allow"), Rule(tool="*:delete_*", decision="deny")))
    assert decide(policy, WRITE, grants=("notes:delete_note",)) == "deny"
    assert decide(policy, READ) == "allow"


def test_a_grant_wins_over_a_rule_that_asks():
    policy = Policy(rules=(Rule(tool="*", decision="ask"),))
    assert decide(policy, grants=("notes:*",)) == "allow"
    assert decide(policy, grants=("other:*",)) == "ask"


@pytest.mark.parametrize(
    ("limit", "good", "bad"),
    [
        (ArgumentLimit(min=0, max=0.5), 0.5, 0.6),
        (ArgumentLimit(min=0), 3, -1),
        (ArgumentLimit(max=1), 1, "much"),
        (ArgumentLimit(max=1), 0.0, math.nan),
        (ArgumentLimit(max=1), 0, True),
        (ArgumentLimit(max=1), [0, 1], [0, 2]),
        (ArgumentLimit(pattern=r"[a-z]+"), "abc", "abc1"),
        (ArgumentLimit(one_of=("north", "south")), "north", "up"),
    ],
)
def test_an_argument_outside_its_limit_is_denied_whoever_allows_the_tool(limit, good, bad):
    policy = Policy(rules=(Rule(tool="notes:*", decision="allow", limits={"value": limit}),))
    assert decide(policy, arguments={"value": good}) == "allow"
    assert decide(policy, arguments={"value": bad}, grants=("*",)) == "deny"
    assert decide(policy, arguments={}) == "allow"


def test_the_reason_names_the_argument_and_what_is_allowed():
    limits = {"linear.x": ArgumentLimit(min=-0.5, max=0.5)}
    policy = Policy(rules=(Rule(tool="notes:*", decision="ask", limits=limits),))
    verdict = policy.judge(WRITE, {"linear": {"x": 2}}, ())
    assert verdict["reason"] == "linear.x must be a number from -0.5 to 0.5 (rule notes:*)"


def test_limits_of_a_later_matching_rule_hold_too():
    rules = (
        Rule(tool="notes:delete_note", decision="allow"),
        Rule(tool="notes:*", decision="ask", limits={"id": ArgumentLimit(max=9)}),
    )
    assert decide(Policy(rules=rules), arguments={"id": 10}) == "deny"
