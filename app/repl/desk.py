"""What lies on the desk during a conversation; commands and the conversation work on the same things."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from app.repl.input_line import InputLine
from app.repl.live import Live
from app.repl.screen import Screen
from app.repl.transcript import Transcript
from app.robot.emergency import Emergency
from app.runtime import Runtime
from app.session import Session


@dataclass
class Desk:
    """The open runtime, the thread that is talked to, and what goes with the next message."""

    runtime: Runtime
    session: Session
    screen: Screen
    pick_up: Callable[[], None] = lambda: None
    """Go on, after the present line, with what the thread waits for."""
    emergency: Emergency | None = None
    """The robot's emergency stop; None without a robot."""
    images: list[Path] = field(default_factory=list[Path])
    attached: list[str] = field(default_factory=list[str])
    """Quoted texts for the next message."""
    shell_output: str = ""
    answer: str = ""
    """The last one, as the model wrote it."""

    @property
    def transcript(self) -> Transcript:
        """Where things are printed."""
        return self.screen.transcript

    @property
    def line(self) -> InputLine:
        """Where the person types."""
        return self.screen.line

    @property
    def live(self) -> Live:
        """What is shown of the work under way."""
        return self.screen.live

    @property
    def model_name(self) -> str:
        """The served model, as far as it is known."""
        return self.runtime.models.describe(self.session.context.model).model or "model not known yet"

    def switch_thread(self, thread: str) -> None:
        """Talk to another thread with the same settings."""
        self.session = Session(self.runtime, thread, self.session.context)
        self.answer, self.live.usage = "", None
        self.images.clear()
        self.attached.clear()
