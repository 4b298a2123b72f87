import subprocess
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


def test_the_command_line_page_is_what_the_commands_say_of_themselves(tmp_path: Path) -> None:
    written = tmp_path / "cli.md"
    subprocess.run([ROOT / "scripts/generate_cli_docs", written], check=True, timeout=60, capture_output=True)
    assert (ROOT / "docs/cli.md").read_text() == written.read_text(), "run scripts/format"
