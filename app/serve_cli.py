"""The commands of ``serve``, apart from the others because vLLM has so many options worth a name."""

from enum import StrEnum
from typing import Annotated

import typer

from app.default_command import starting_with


class Hub(StrEnum):
    """Where models come from."""

    HF = "hf"
    MODELSCOPE = "modelscope"


serve = typer.Typer(
    cls=starting_with("start"),
    help="Serve a model with vLLM, with the template and parser its tool calls need.",
    no_args_is_help=True,
)

Target = Annotated[str, typer.Argument(metavar="PROFILE|MODEL", help="A profile, a model on the hub, or a folder.")]
Extra = Annotated[list[str] | None, typer.Argument(metavar="[-- FLAGS]", help="More flags, as vLLM names them.")]
Show = Annotated[bool, typer.Option("--print", help="Print vLLM's command and leave.")]
Detach = Annotated[bool, typer.Option("--detach", "-d", help="Leave it running once it is ready.")]
Install = Annotated[bool, typer.Option("--install", help="Use a vLLM of our own, installed if need be.")]
Docker = Annotated[bool, typer.Option("--docker", help="Run it in a container; needs Docker and a GPU.")]
WriteEnv = Annotated[bool, typer.Option("--write-env", help="Name the server in .env, never over a value.")]
Host = Annotated[str, typer.Option("--host", help="Address to listen at.")]
Port = Annotated[int, typer.Option("--port", "-p", min=1, max=65535, help="Port to listen at.")]
ApiKey = Annotated[str, typer.Option("--api-key", envvar="VLLM_API_KEY", help="Key that requests must carry.")]
HubOption = Annotated[Hub | None, typer.Option("--hub", help="Where models come from; HF_ENDPOINT names a mirror.")]
Lora = Annotated[list[str] | None, typer.Option("--lora", metavar="NAME=PATH", help="A LoRA adapter; can be repeated.")]
ServedName = Annotated[str | None, typer.Option("--served-model-name", help="Name to serve the model by.")]
Length = Annotated[str | None, typer.Option("--max-model-len", help="Context length: 16384, 16k, or auto.")]
Share = Annotated[float | None, typer.Option("--gpu-memory-utilization", min=0.01, max=1, help="Share of the memory.")]
Seqs = Annotated[int | None, typer.Option("--max-num-seqs", min=1, help="Requests at a time.")]
Batch = Annotated[int | None, typer.Option("--max-num-batched-tokens", min=1, help="Tokens in one step.")]
Offload = Annotated[float | None, typer.Option("--cpu-offload-gb", min=0, help="GB of weights in main memory.")]
Tensor = Annotated[int | None, typer.Option("--tensor-parallel-size", min=1, help="GPUs that share each layer.")]
Pipeline = Annotated[int | None, typer.Option("--pipeline-parallel-size", min=1, help="GPUs that have layers in turn.")]
Copies = Annotated[int | None, typer.Option("--data-parallel-size", min=1, help="Copies of the model.")]
OnePort = Annotated[int | None, typer.Option("--port", "-p", help="The server at this port.")]
AsJson = Annotated[bool, typer.Option("--json", help="Machine-readable.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show tracebacks.")]


@serve.command()
def start(
    context: typer.Context,
    target: Target,
    extra: Extra = None,
    show: Show = False,
    detach: Detach = False,
    install: Install = False,
    docker: Docker = False,
    write_env: WriteEnv = False,
    host: Host = "127.0.0.1",
    port: Port = 8000,
    api_key: ApiKey = "",
    hub: HubOption = None,
    lora: Lora = None,
    served_model_name: ServedName = None,
    max_model_len: Length = None,
    gpu_memory_utilization: Share = None,
    max_num_seqs: Seqs = None,
    max_num_batched_tokens: Batch = None,
    cpu_offload_gb: Offload = None,
    tensor_parallel_size: Tensor = None,
    pipeline_parallel_size: Pipeline = None,
    data_parallel_size: Copies = None,
    debug: Debug = False,
) -> None:
    """Start a server and watch it; `serve PROFILE` is short for it."""
    from app.commands.serve import ServeOptions, serve_model
    from app.serving.command_line import OPTION_NAMES, Wish

    options = {name: context.params[name.replace("-", "_")] for name in OPTION_NAMES}
    place = hub.value if hub else ""
    wish = Wish(target, host, port, api_key, place, tuple(lora or ()), options, tuple(extra or ()))
    raise typer.Exit(serve_model(wish, ServeOptions(show, detach, install, docker, write_env)))


@serve.command("list")
def list_profiles(as_json: AsJson = False) -> None:
    """Show the profiles that come along."""
    from app.commands.serve import list_profiles

    raise typer.Exit(list_profiles(as_json=as_json))


@serve.command()
def status(as_json: AsJson = False) -> None:
    """Show the servers that run (exit code 1 when there is none)."""
    from app.commands.serve import show_status

    raise typer.Exit(show_status(as_json=as_json))


@serve.command()
def stop(port: OnePort = None) -> None:
    """Stop a server; all of them without --port."""
    from app.commands.serve import stop_servers

    raise typer.Exit(stop_servers(port))


@serve.command()
def logs(
    port: OnePort = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on as it grows.")] = False,
    lines: Annotated[int, typer.Option("--lines", "-n", min=1, help="How many of the last lines.")] = 50,
) -> None:
    """Print the end of a server's log."""
    from app.commands.serve import show_log

    raise typer.Exit(show_log(port, follow=follow, lines=lines))
