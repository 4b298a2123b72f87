"""The input as items that still need an answer, in the order of the file. Bad lines are told and kept as failures."""

import asyncio
from dataclasses import dataclass

from app.batch.input_line import InputLine, InputLines
from app.batch.item import BadItem, BatchItem, parse_line
from app.batch.outcome import bad_line_record
from app.batch.records import Records

_TOLD = 10
"""Bad lines told one by one; the rest is in the failures file."""
_AT_ONCE = 500
"""Lines passed over before others have a turn."""


@dataclass(frozen=True)
class Claimed:
    """An item to run."""

    item: BatchItem
    fresh: bool
    """No earlier run began it."""


class Intake:
    """Hands out the items of an input one by one, to many takers."""

    def __init__(self, lines: InputLines, records: Records) -> None:
        self._lines = lines
        self._records = records
        self._order = asyncio.Lock()

    async def take(self) -> Claimed | None:
        """The next item without an answer; None at the end of the input."""
        async with self._order:
            passed = 0
            while line := await self._lines.next():
                if claimed := self._claimed(line):
                    return claimed
                passed += 1
                if passed % _AT_ONCE == 0:
                    await asyncio.sleep(0)
        return None

    def stop(self) -> None:
        """Hand out nothing more to those who wait for a line."""
        self._lines.stop()

    def _claimed(self, line: InputLine) -> Claimed | None:
        try:
            item = parse_line(line.raw, line.number)
            standing = self._records.ledger.claim(item)
        except BadItem as bad:
            self._reject(line, str(bad))
            return None
        if standing == "answered":
            self._records.tally.kept += 1
            return None
        return Claimed(item, standing == "new")

    def _reject(self, line: InputLine, why: str) -> None:
        records, tally = self._records, self._records.tally
        records.failures.append(bad_line_record(line.number, line.raw, why))
        tally.add_bad_line()
        if tally.bad_lines <= _TOLD:
            records.progress.say(f"line {line.number} {why}")
        if tally.bad_lines == _TOLD:
            records.progress.say(f"further bad lines are only written to {records.failures.path}.")
