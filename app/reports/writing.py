"""Writing a report into files, one for each kind of reader."""

from collections.abc import Callable, Sequence
from pathlib import Path

from app.errors import ConfigurationError
from app.reports.page import render_html
from app.reports.report import Report
from app.reports.text import render_csv, render_json, render_markdown

FORMS: dict[str, Callable[[Report], str]] = {
    "json": render_json,
    "csv": render_csv,
    "md": render_markdown,
    "html": render_html,
}


def write_report(report: Report, folder: Path, name: str = "report", forms: Sequence[str] = tuple(FORMS)) -> list[Path]:
    """Write `folder/name.json`, `.csv`, `.md` and `.html`; what stood there is replaced.

    Raises:
        ConfigurationError: The folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        paths = [folder / f"{name}.{form}" for form in forms]
        for path, form in zip(paths, forms, strict=True):
            path.write_text(FORMS[form](report), encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(
            f"the report cannot be written to {folder}: {error.strerror}.", hint="Name another folder."
        ) from error
    return paths
