"""The command ``eval``, apart from the others because it has so many options."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer


class Form(StrEnum):
    """Forms of the report on stdout."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"
    CSV = "csv"


Many = list[str] | None
Endpoints = Annotated[
    Many, typer.Option("--endpoint", "-e", metavar="NAME=URL[,model=...]", help="A server to ask; can be repeated.")
]
EndpointsFile = Annotated[Path | None, typer.Option("--endpoints", help="YAML file of servers, as `bench` has it.")]
Model = Annotated[str, typer.Option("--model", "-m", help="Served model name, or the name of an endpoint.")]
BaseUrl = Annotated[str, typer.Option("--base-url", help="OpenAI-compatible endpoint, up to and including /v1.")]
Bfcl = Annotated[Path | None, typer.Option("--bfcl", metavar="DIR", help="Ask the cases of your copy of BFCL.")]
Cases = Annotated[Path | None, typer.Option("--cases", metavar="DIR", help="Ask cases of your own.")]
Category = Annotated[Many, typer.Option("--category", help="Only these categories; a glob, can be repeated.")]
Language = Annotated[Many, typer.Option("--language", help="Only these languages: en, zh, ko; can be repeated.")]
CaseId = Annotated[Many, typer.Option("--case", help="Only these cases; a glob, can be repeated.")]
Limit = Annotated[int | None, typer.Option("--limit", min=1, help="At most so many cases of a category.")]
Repeat = Annotated[int, typer.Option("--repeat", min=1, help="Ask each case so often, and report pass^k.")]
Temperature = Annotated[float, typer.Option("--temperature", min=0, max=2, help="Randomness of the replies.")]
MaxTokens = Annotated[int, typer.Option("--max-tokens", min=1, help="Most tokens of one reply.")]
Whole = Annotated[bool, typer.Option("--whole", help="Ask for whole replies; otherwise they are streamed.")]
Concurrency = Annotated[int, typer.Option("--concurrency", "-c", min=1, help="Cases at once.")]
Timeout = Annotated[float, typer.Option("--timeout", min=0.1, help="Seconds without a piece of a reply.")]
MinScore = Annotated[float | None, typer.Option("--min-score", min=0, max=100, help="Under this percentage: exit 1.")]
Out = Annotated[Path | None, typer.Option("--out", help="Folder for report.html, .md, .csv and .json.")]
FormOption = Annotated[Form, typer.Option("--output", "-o", help="Form of the report on stdout.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show tracebacks.")]


def evaluate(
    endpoint: Endpoints = None,
    endpoints: EndpointsFile = None,
    model: Model = "",
    base_url: BaseUrl = "",
    bfcl: Bfcl = None,
    cases: Cases = None,
    category: Category = None,
    language: Language = None,
    case: CaseId = None,
    limit: Limit = None,
    repeat: Repeat = 1,
    temperature: Temperature = 0.0,
    max_tokens: MaxTokens = 512,
    whole: Whole = False,
    concurrency: Concurrency = 4,
    timeout: Timeout = 300.0,
    min_score: MinScore = None,
    out: Out = None,
    output: FormOption = Form.TEXT,
    debug: Debug = False,
) -> None:
    """Evaluate how well a model, its template and its parser call tools."""
    from app.commands.evaluate import evaluate_tools
    from app.tool_eval.candidate import Sampling
    from app.tool_eval.evaluation import Mode
    from app.tool_eval.plan import EvalOptions

    named = {"endpoints": endpoint, "categories": category, "languages": language, "ids": case}
    several: dict[str, Any] = {name: tuple(given or ()) for name, given in named.items()}
    files: dict[str, Any] = {"endpoints_file": endpoints, "cases": cases, "bfcl": bfcl}
    sampling = Sampling(temperature=temperature, max_tokens=max_tokens)
    mode = Mode(stream=not whole, repeat=repeat, concurrency=concurrency)
    options = EvalOptions(**several, **files, limit=limit, sampling=sampling, mode=mode, timeout=timeout)
    given = {name: value for name, value in (("name", model), ("base_url", base_url)) if value}
    flags = {"model": given} if given else {}
    raise typer.Exit(evaluate_tools(options, folder=out, form=output.value, min_score=min_score, flags=flags))
