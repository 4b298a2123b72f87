"""Opens the log of this process: every logger's records, and on stderr also what would be said to a person.

Where the lines go to stderr, nothing else does, so that whoever collects them can read each as JSON; nobody is asked
anything then.
"""

import logging
import os
import sys
from types import TracebackType

from app import console
from app.errors import ConfigurationError, SwitchyardError
from app.logs.json_lines import FIELDS, JsonLines
from app.masking import remember_secrets, secrets_in, secrets_in_environment
from app.settings import LogSettings, SettingsTree

_log = logging.getLogger("app")
_opened: logging.Handler | None = None


def log_is_open() -> bool:
    """Whether anybody reads what is logged."""
    return _opened is not None


def open_log(settings: SettingsTree, *, needs_file: bool = False) -> None:
    """Log from now on as the settings say, until the process ends.

    Args:
        settings: all of them; their secrets are remembered.
        needs_file: that stderr belongs to a screen, so that lines can only go to a file.

    Raises:
        ConfigurationError: the file cannot be written.
    """
    log = settings.log
    if log.format == "off" and log.file is None:
        return
    if needs_file and log.file is None:
        console.warn("LOG__FORMAT: in a conversation the terminal is the screen's; set LOG__FILE as well. Not logging.")
        return
    remember_secrets({*secrets_in(settings), *secrets_in_environment(os.environ)})
    _install(_file(log) if log.file else logging.StreamHandler(sys.stderr), log)
    if log.file is None:
        console.hand_over(_Talk())
        sys.excepthook = _log_crash


def close_log() -> None:
    """Go back to talking, for callers that outlive a command."""
    global _opened
    if _opened is not None:
        logging.getLogger().removeHandler(_opened)
        logging.captureWarnings(False)
        _opened.close()
        _opened, sys.excepthook = None, sys.__excepthook__
        console.hand_over(None)


def _install(handler: logging.Handler, settings: LogSettings) -> None:
    """Take every logger's records; those of libraries only from warnings on, unless everything is wanted."""
    global _opened
    close_log()
    handler.setFormatter(JsonLines())
    level = settings.level.upper()
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(level if settings.level in ("debug", "error") else logging.WARNING)
    _log.setLevel(level)
    logging.captureWarnings(True)
    logging.raiseExceptions = False  # a full disk must cost lines, not words between them
    _opened = handler


def _file(settings: LogSettings) -> logging.Handler:
    from logging.handlers import WatchedFileHandler

    assert settings.file is not None
    path = settings.file.expanduser()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        return WatchedFileHandler(path, encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(
            f"LOG__FILE: {path} cannot be written: {error.strerror}.", hint="Name another file."
        ) from error


def _log_crash(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    _log.critical("%s: %s", kind.__name__, error, exc_info=(kind, error, trace))


class _Talk:
    """What would be said on stderr, as records."""

    def say(self, text: str) -> None:
        _log.info("%s", text)

    def warn(self, text: str) -> None:
        _log.warning("%s", text)

    def report(self, error: SwitchyardError) -> None:
        _log.error("%s", error.message, extra={FIELDS: {"hint": error.hint, "exit_code": error.exit_code}})
