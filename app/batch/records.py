"""Where outcomes go, in which order: the line in the file first, then the note that it is there."""

from dataclasses import dataclass
from typing import Any

from app.batch.ledger import Ledger
from app.batch.outcome import INTERRUPTED
from app.batch.output_file import OutputFile
from app.batch.progress import BatchProgress
from app.batch.tally import Tally


@dataclass(kw_only=True)
class Records:
    """The files of a batch, and how far it is."""

    ledger: Ledger
    results: OutputFile
    failures: OutputFile
    tally: Tally
    progress: BatchProgress

    def keep(self, item_id: str, record: dict[str, Any]) -> None:
        """Write an outcome, as `Outcome.as_record` gives it; of an interruption nothing, as its turn goes on later.

        Raises:
            OutputLost: the disk is full.
        """
        if "error" not in record:
            self.results.append(record)
            self.ledger.note_answer(item_id)
        elif record["exit_code"] != INTERRUPTED:
            self.failures.append(record)
        self.tally.add(record)
        self.progress.show(self.tally)
