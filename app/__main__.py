"""``python -m app``: runs the command line and turns errors into two lines and an exit code."""

import sys

from app.cold_start import begin_cold_start
from app.errors import Interrupted, SwitchyardError


def main() -> None:
    """Entry point of ``python -m app`` and of the ``switchyard`` script."""
    begin_cold_start()
    from app.cli import app, wants_debug

    try:
        app(prog_name="python -m app" if sys.argv[0].endswith("__main__.py") else "switchyard")
    except KeyboardInterrupt:
        _end(Interrupted("interrupted."))
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
    except Exception as error:  # noqa: BLE001  # the one place where nothing is left to do but to say it
        if wants_debug():
            raise
        _end(error if isinstance(error, SwitchyardError) else _unforeseen(error))


def _unforeseen(error: Exception) -> SwitchyardError:
    if isinstance(error, OSError) and error.strerror:
        where = f" ({error.filename})" if error.filename else ""
        return SwitchyardError(f"the system refused: {error.strerror}{where}.", hint="--debug shows where.")
    return SwitchyardError(f"{type(error).__name__}: {error}", hint="This is a mistake of ours; --debug shows where.")


def _end(error: SwitchyardError) -> None:
    from app.console import report

    report(error)
    sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
