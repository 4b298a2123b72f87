"""Commands that show what is there: tools, servers, threads."""

from fnmatch import fnmatchcase

from rich.text import Text

from app.console import printable, shortened
from app.repl.desk import Desk
from app.repl.tool_lines import counted

_STATE_STYLES = {"ready": "green", "starting": "yellow", "failed": "red", "disabled": "dim"}
_VERDICT_STYLES = {"allow": "green", "ask": "yellow", "deny": "red"}
_LATEST = 15


async def show_tools(desk: Desk, argument: str) -> None:
    """Tools with the policy's verdict; the argument is a glob or the beginning of a name."""
    specs = [spec for spec in desk.runtime.hub.specs() if _fits(argument, spec.name, spec.qualified)]
    if not specs:
        desk.transcript.line("  no tools" + (f" fit {argument}" if argument else ""))
    for spec in specs:
        verdict = desk.runtime.policy.judge(spec, {}, ())["decision"]
        line = Text.assemble("  ", (f"{verdict:5} ", _VERDICT_STYLES[verdict]), (printable(spec.name), "bold"))
        line.append(f"  {shortened(printable(spec.description), 200)}", "dim")
        line.truncate(desk.transcript.width, overflow="ellipsis")
        desk.transcript.print(line)


async def show_servers(desk: Desk, argument: str) -> None:
    """Servers and how they are doing."""
    for status in desk.runtime.hub.statuses():
        if not _fits(argument, status.name):
            continue
        line = Text.assemble(
            "  ", (f"{status.state:8} ", _STATE_STYLES[status.state]), (printable(status.name), "bold")
        )
        if status.state == "ready":
            line.append(f"  {counted(status.tool_count, 'tool')}, started in {status.seconds:.1f} s", "dim")
        if status.cause:
            line.append(f"  {printable(status.cause)}")
        desk.transcript.print(line)
        if status.state == "failed" and status.log_file:
            desk.transcript.line(f"           log: {status.log_file}", "dim")


async def show_threads(desk: Desk, argument: str) -> None:
    """The latest threads, to be continued with /resume."""
    threads = await desk.runtime.store.threads.all()
    for thread in threads[:_LATEST]:
        mark = "›" if thread.id == desk.session.thread else " "
        when = thread.updated_at[:16].replace("T", " ")
        line = Text.assemble(f"{mark} ", (thread.id, "bold"), f"  {when}  {printable(thread.title)}")
        line.truncate(desk.transcript.width, overflow="ellipsis")
        desk.transcript.print(line)
    if len(threads) > _LATEST:
        desk.transcript.line(f"  … {len(threads) - _LATEST} older ones: threads list shows all", "dim")
    if not threads:
        desk.transcript.line("  no threads yet")


def _fits(pattern: str, *names: str) -> bool:
    return not pattern or any(fnmatchcase(name, pattern) or name.startswith(pattern) for name in names)
