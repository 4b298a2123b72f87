"""Rewrites the golden files; read the difference before you commit it. ``python -m tests.templates.write_golden``."""

from tests.templates.rendering import GOLDEN, PARSERS, golden


def main() -> None:
    GOLDEN.mkdir(exist_ok=True)
    for template in PARSERS:
        (GOLDEN / f"{template}.txt").write_text(golden(template), encoding="utf-8")


if __name__ == "__main__":
    main()
