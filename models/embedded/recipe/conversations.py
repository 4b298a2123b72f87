"""Synthetic tool-calling conversations in OpenAI format, endless and seeded.

A sample is a box of tools and a complete exchange: request, calls, results, answer. Half of them are about
the tools that come with Switchyard, in written wordings; more than a third about toolboxes that
people could have made; in the rest names, arguments, values and wording are drawn, so that the model
must match and copy. The `test` split has its own wordings, toolboxes and pools of words, which the
`train` split never shows.
"""

from collections.abc import Callable, Sequence

from models.embedded.recipe import generic, joint_requests, known_requests, phrases
from models.embedded.recipe.boxes import draw_box, known_box
from models.embedded.recipe.dialogue import Made, answered, joinable, joined
from models.embedded.recipe.draw import Draw
from models.embedded.recipe.exchange import exchange, said
from models.embedded.recipe.generic import draw_request
from models.embedded.recipe.joint_requests import draw_joint
from models.embedded.recipe.known_requests import INTENTS, MISSING, ROBOT, draw_known, fill
from models.embedded.recipe.spoken import (
    ANSWER_FAREWELL,
    ANSWER_HELLO,
    ANSWER_MISSING,
    ANSWER_NO_TOOLS,
    ANSWER_NONE,
    ANSWER_THANKS,
    ANSWER_TOOLS,
    AT_ONCE,
    IN_TURN,
    is_statement,
    spoken,
    spoken_foreign,
)
from models.embedded.recipe.toolbox_conversations import ToolboxConversations
from models.embedded.recipe.toolset import Request, Sample

MIX = {"known": 14, "known_pair": 13, "known_turn": 4, "known_twice": 3, "known_missing": 5, "known_none": 4,
       "single": 2, "pair": 2, "turn": 1, "missing": 1, "none": 5, "robot": 4, "foreign": 4, "chat": 1,
       "box_single": 14, "box_pair": 7, "box_turn": 6, "box_missing": 3, "box_none": 7}  # fmt: skip
"""How often each kind of conversation comes, in percent; `pair`: two calls at once, `turn`: one after the other."""
EASY = {"known": 40, "single": 40, "box_single": 20}
"""The mix at the very beginning of the curriculum."""
SIZES = (1, 2, 3, 3, 4, 4, 5, 6, 7, 8, 9, 10)


class Conversations:
    """The stream of samples of one seed and split."""

    def __init__(self, seed: int, split: str = "train") -> None:
        self.draw = Draw(seed, split)
        self._makers: dict[str, Callable[[int], Made | None]] = {
            "known": self._known, "known_pair": self._known_pair, "known_turn": self._known_turn,
            "known_twice": self._known_twice, "known_missing": self._known_missing, "known_none": self._known_none,
            "single": self._single, "pair": self._pair, "turn": self._turn, "missing": self._missing,
            "none": self._none, "robot": self._robot, "foreign": self._foreign, "chat": self._chat,
            **ToolboxConversations(self.draw).makers,
        }  # fmt: skip

    def at(self, index: int, level: float = 1.0) -> Sample:
        """The sample with this index; which one it is depends on seed, split, index and level alone."""
        self.draw.go_to(index)
        return self.sample(level=level)

    def sample(self, kind: str | None = None, level: float = 1.0) -> Sample:
        """The next conversation, of a kind when given.

        Args:
            kind: One of `MIX`; drawn by its weights otherwise.
            level: 0 to 1, the curriculum: at 0 one call out of small boxes.
        """
        if kind is None:
            mix = MIX if self.draw.random.random() < 0.15 + 0.85 * level else EASY
            kind = self.draw.random.choices(list(mix), list(mix.values()))[0]
        while True:
            made = self._makers[kind](min(self.draw.pick(SIZES), 2 + round(8 * level)))
            if made is not None:
                return Sample(kind, [tool.schema() for tool in made[0]], made[1])

    # Tools that come with Switchyard

    def _known(self, size: int) -> Made | None:
        request = draw_known(self.draw, INTENTS)
        if request.missing and self.draw.chance(0.5):
            return None
        return known_box(self.draw, request.tool), answered(self.draw, request)

    def _known_missing(self, size: int) -> Made | None:
        request = draw_known(self.draw, MISSING)
        return known_box(self.draw, request.tool), answered(self.draw, request, known_requests.reply)

    def _known_pair(self, size: int) -> Made | None:
        return self._known_joint(joint_requests.AND) if self.draw.chance(0.5) else self._known_two(AT_ONCE)

    def _known_turn(self, size: int) -> Made | None:
        return self._known_joint(joint_requests.THEN) if self.draw.chance(0.35) else self._known_two(IN_TURN)

    def _known_joint(self, joint: str) -> Made | None:
        drawn = draw_joint(self.draw, joint)
        if drawn is None:
            return None
        clause, open_end, requests = drawn
        steps = [requests] if joint == joint_requests.AND else [[request] for request in requests]
        text = spoken(self.draw, clause, open_end=open_end, statement=is_statement(clause))
        return known_box(self.draw, *(request.tool for request in requests)), exchange(self.draw, text, *steps)

    def _known_two(self, joiners: Sequence[str]) -> Made | None:
        first, second = self._half(), self._half()
        return (
            (known_box(self.draw, first.tool, second.tool), joined(self.draw, first, second, joiners))
            if joinable(first, second)
            else None
        )

    def _half(self) -> Request:
        """One request of two: now and then text without quotes, else the shorter wording, as people put two things."""
        if self.draw.chance(0.12):
            noted = draw_known(self.draw, {"add_note": INTENTS["add_note"]})
            if noted.open_end:
                return noted
        drawn = [draw_known(self.draw, INTENTS) for _ in range(self.draw.pick((1, 2)))]
        return min(drawn, key=lambda request: len(request.clause))

    def _known_twice(self, size: int) -> Made | None:
        """The same tool for two or three places."""
        first = draw_known(self.draw, {name: INTENTS[name] for name in ("current_time", "current_weather", "forecast")})
        if first.again is None or first.missing:
            return None
        others = [first.again.other() for _ in range(self.draw.pick((1, 1, 1, 2)))]
        values = [first.arguments[first.again.argument], *(value for _, value in others)]
        if None in values or len(set(values)) < len(values):
            return None
        requests = [Request(first.tool, "", {first.again.argument: value}) for value in values if value is not None]
        last = self.draw.pick((" and ", " and in ", ", and ", " and ", " and also in "))
        middle = "".join(f", {words}" for words, _ in others[:-1])
        text = spoken(self.draw, first.clause + middle + last + others[-1][0])
        return known_box(self.draw, first.tool), exchange(self.draw, text, requests)

    def _known_none(self, size: int) -> Made | None:
        """Nothing that the tools do: another subject, a near miss, or the wanted server is not there."""
        kind = self.draw.random.random()
        if kind < 0.72:
            name = self.draw.pick(("general_questions", "general_tasks", "near_misses", "near_misses", "small_talk"))
            pattern = self.draw.pick(phrases.patterns("en", name, self.draw.split))
            return known_box(self.draw), said(spoken(self.draw, fill(self.draw, pattern)), ANSWER_NONE)
        if kind < 0.86:
            request = draw_request(self.draw)
            text = spoken(self.draw, request.clause, open_end=request.open_end)
            return known_box(self.draw, extra=False), said(text, ANSWER_NONE)
        request = draw_known(self.draw, {**INTENTS, **ROBOT})
        box = known_box(self.draw, without=request.tool)
        return (box, said(spoken(self.draw, request.clause, open_end=request.open_end), ANSWER_NONE)) if box else None

    def _robot(self, size: int) -> Made | None:
        request = draw_known(self.draw, ROBOT)
        if self.draw.chance(0.3):
            second = draw_known(self.draw, ROBOT)
            joiners = IN_TURN if self.draw.chance(0.75) else AT_ONCE
            if not joinable(first=request, second=second, same=True):
                return None
            return known_box(self.draw, request.tool, second.tool), joined(self.draw, request, second, joiners)
        return known_box(self.draw, request.tool), answered(self.draw, request, known_requests.reply)

    def _foreign(self, size: int) -> Made | None:
        """Chinese and Korean: one call, a missing value, or nothing that fits."""
        language = self.draw.pick(("zh", "ko"))
        if self.draw.chance(0.25):
            name = self.draw.pick(("general", "near_misses", "small_talk", "greetings", "thanks"))
            pattern = self.draw.pick(phrases.patterns(language, name, self.draw.split))
            answer = {"greetings": ANSWER_HELLO, "thanks": ANSWER_THANKS}.get(name, ANSWER_NONE)
            text = spoken_foreign(self.draw, fill(self.draw, pattern, language), language)
            return known_box(self.draw), said(text, answer)
        request = draw_known(self.draw, {**INTENTS, **MISSING, **ROBOT}, language)
        text = spoken_foreign(self.draw, request.clause, language, open_end=request.open_end)
        box = known_box(self.draw, request.tool)
        if request.missing:
            return box, said(text, ANSWER_MISSING.format(request.missing))
        return box, exchange(self.draw, text, [request])

    # Tools that nobody ever wrote

    def _single(self, size: int) -> Made | None:
        request = draw_request(self.draw)
        box = draw_box(self.draw, [request.tool], size)
        return None if box is None else (box, answered(self.draw, request))

    def _missing(self, size: int) -> Made | None:
        request = draw_request(self.draw, lacking=True)
        box = draw_box(self.draw, [request.tool], size)
        return None if box is None or not request.missing else (box, answered(self.draw, request, generic.reply))

    def _pair(self, size: int) -> Made | None:
        return self._two(AT_ONCE, size)

    def _turn(self, size: int) -> Made | None:
        return self._two(IN_TURN, size)

    def _two(self, joiners: Sequence[str], size: int) -> Made | None:
        first = draw_request(self.draw)
        second = draw_known(self.draw, INTENTS) if self.draw.chance(0.1) else draw_request(self.draw)
        if not joinable(first, second):
            return None
        box = draw_box(self.draw, [first.tool, second.tool], max(size, 2))
        return None if box is None else (box, joined(self.draw, first, second, joiners))

    def _none(self, size: int) -> Made | None:
        """A request for a tool that is not in the box."""
        request = draw_request(self.draw)
        box = draw_box(self.draw, [request.tool], size + 1)
        if box is None or request.clause.startswith(("use ", "call ", "run ")):
            return None
        rest = [tool for tool in box if tool is not request.tool and self._only_verbs(tool.topic & request.tool.topic)]
        text, open_end = request.clause, request.open_end
        if self.draw.chance(0.35):
            name = self.draw.pick(("general_questions", "general_tasks", "near_misses", "small_talk"))
            text, open_end = fill(self.draw, self.draw.pick(phrases.patterns("en", name, self.draw.split))), False
        return (rest, said(spoken(self.draw, text, open_end=open_end), ANSWER_NONE)) if rest else None

    def _only_verbs(self, shared: frozenset[str]) -> bool:
        """Whether two tools share at most what they do, not what they do it to."""
        return all(word in self.draw.verbs and word not in self.draw.nouns for word in shared)

    def _chat(self, size: int) -> Made | None:
        box = draw_box(self.draw, [], size) or [] if self.draw.chance(0.4) else known_box(self.draw)
        names = ", ".join(tool.name for tool in box)
        kinds = (
            ("greetings", ANSWER_HELLO), ("thanks", ANSWER_THANKS), ("farewells", ANSWER_FAREWELL),
            ("abilities", ANSWER_TOOLS.format(names)), ("abilities", ANSWER_TOOLS.format(names)),
            ("general_tasks", ANSWER_NO_TOOLS),
        )  # fmt: skip
        name, answer = self.draw.pick(kinds)
        text = spoken(self.draw, self.draw.pick(phrases.patterns("en", name, self.draw.split)))
        return ([] if answer == ANSWER_NO_TOOLS else box), said(text, answer)
