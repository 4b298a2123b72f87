"""How a case is written in a file, short enough to be read by a person, and the case it stands for."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.tool_eval.case import Case, Expectation, ExpectedCall, Message, Rule, Tools, Turn, call_message

Calls = list[dict[str, dict[str, list[Any]]]]
"""Each a tool's name with, for each argument, the accepted values."""
Name = Annotated[str, StringConstraints(min_length=1)]
ALL_TOOLS = "all"


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ToolForm(_Form):
    """A tool of a toolbox."""

    about: str = ""
    properties: dict[str, Any] = Field(default_factory=dict[str, Any])
    required: list[str] = Field(default_factory=list[str])

    def schema_for(self, name: str) -> dict[str, Any]:
        """The tool as a chat request carries it."""
        parameters = {"type": "object", "properties": self.properties, "required": self.required}
        return {"type": "function", "function": {"name": name, "description": self.about, "parameters": parameters}}


class TurnForm(_Form):
    """What is said, and what the reply must be: one of `calls`, `one_of`, `some` and `none`."""

    user: str = ""
    calls: Calls | None = None
    """All these, in any order."""
    one_of: Calls | None = None
    """Exactly one call, which is one of these."""
    some: bool = False
    """Any call."""
    none: bool = False
    """No call but a text."""
    says: str = ""
    """A pattern for that text."""
    exact: bool = False
    may_show_markup: bool = False
    results: dict[str, str | list[str]] = Field(default_factory=dict[str, str | list[str]])

    def turn(self) -> Turn:
        """The turn it stands for.

        Raises:
            ValueError: It does not say what is expected, or says it twice.
        """
        rules: dict[Rule, bool] = {
            "calls": self.calls is not None,
            "one of": self.one_of is not None,
            "some": self.some,
            "none": self.none,
        }
        chosen: list[Rule] = [rule for rule, given in rules.items() if given]
        if len(chosen) != 1:
            raise ValueError("it needs exactly one of calls, one_of, some and none")
        return Turn(
            user=self.user,
            expect=Expectation(
                rule=chosen[0],
                calls=expected_calls(self.calls or self.one_of or []),
                says=self.says,
                exact=self.exact,
                may_show_markup=self.may_show_markup,
            ),
            results={name: [text] if isinstance(text, str) else text for name, text in self.results.items()},
        )


class PastForm(_Form):
    """One message that went before; only one field is given."""

    system: str | None = None
    user: str | None = None
    assistant: str | None = None
    called: list[dict[str, dict[str, Any]]] | None = None
    """Calls that the assistant made, with their arguments."""
    result: str | None = None
    """What the next call answered."""


class CaseForm(TurnForm):
    """A case: one turn, or several in `turns`."""

    id: Name
    language: Literal["en", "zh", "ko"] | Name = "en"
    tools: Literal["all"] | list[str]
    history: list[PastForm] = Field(default_factory=list[PastForm])
    turns: list[TurnForm] = Field(default_factory=list[TurnForm])
    choice: str = "auto"
    parallel: bool | None = None
    both_ways: bool = False

    def case(self, category: str, toolbox: Mapping[str, dict[str, Any]]) -> Case:
        """The case it stands for.

        Raises:
            ValueError: It names a tool that is not in the toolbox, or a turn is wrong.
        """
        names = list(toolbox) if self.tools == ALL_TOOLS else self.tools
        if unknown := [name for name in names if name not in toolbox]:
            raise ValueError(f"there is no tool {unknown[0]!r} in the toolbox")
        turns = [form.turn() for form in self.turns] if self.turns else [self.turn()]
        return Case(
            id=self.id,
            category=category,
            language=self.language,
            tools=Tools(tuple(toolbox[name] for name in names)),
            history=tuple(_messages(self.history)),
            turns=tuple(turns),
            choice=self.choice,
            parallel=self.parallel,
            both_ways=self.both_ways,
        )


class CaseFile(_Form):
    """A file of cases."""

    category: Name
    about: str = ""
    """What is tested; for a reader."""
    tools: dict[str, ToolForm] = Field(default_factory=dict[str, ToolForm])
    """Tools that only this file needs."""
    cases: list[CaseForm] = Field(default_factory=list[CaseForm])


def expected_calls(calls: Calls) -> tuple[ExpectedCall, ...]:
    """Expected calls from their written form."""
    return tuple(ExpectedCall(name, arguments) for call in calls for name, arguments in call.items())


def _messages(history: Sequence[PastForm]) -> list[Message]:
    """The messages, with an id for each call, and each result under the id of the call it answers."""
    messages: list[Message] = []
    waiting: list[str] = []
    made = 0
    for past in history:
        if past.called is not None:
            named = [(name, arguments) for call in past.called for name, arguments in call.items()]
            ids = [f"call_past{made + number}" for number in range(1, len(named) + 1)]
            made += len(ids)
            waiting = ids[:]
            messages.append(call_message([(one, *pair) for one, pair in zip(ids, named, strict=True)]))
        elif past.result is not None:
            if not waiting:
                raise ValueError("a result of its history follows no call")
            messages.append({"role": "tool", "tool_call_id": waiting.pop(0), "content": past.result})
        else:
            messages += [
                {"role": role, "content": text}
                for role, text in (("system", past.system), ("user", past.user), ("assistant", past.assistant))
                if text is not None
            ]
    return messages
