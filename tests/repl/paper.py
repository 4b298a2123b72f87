"""A transcript on paper: what is printed can be read back, and answers are given beforehand."""

import asyncio
import io

from prompt_toolkit.buffer import Buffer
from prompt_toolkit.data_structures import Size
from prompt_toolkit.output.vt100 import Vt100_Output

from app.repl.input_line import InputLine
from app.repl.transcript import Transcript


class Paper:
    """A transcript of 80 columns and an input line with prepared answers; None declines."""

    def __init__(self, *answers: str | None) -> None:
        self._file = io.StringIO()
        output = Vt100_Output(self._file, lambda: Size(rows=50, columns=80), enable_bell=False, enable_cpr=False)
        self.transcript = Transcript(output)
        self.line = _Prepared(list(answers))

    @property
    def text(self) -> str:
        self.transcript.flush()
        return self._file.getvalue().replace("\r", "")


class _Prepared(InputLine):
    """The real input line, entered into as soon as it asks."""

    def __init__(self, answers: list[str | None]) -> None:
        super().__init__(Buffer(), lambda _: None)
        self.is_open = True
        self.asked: list[tuple[str, str]] = []
        self._answers = answers

    async def ask(self, label: str, default: str = "") -> str | None:
        self.asked.append((label, default))
        asyncio.get_running_loop().call_soon(self._reply, self._answers.pop(0))
        return await super().ask(label, default)

    def _reply(self, answer: str | None) -> None:
        if answer is None:
            self.decline()
        else:
            self.buffer.text = answer
            self.enter()
