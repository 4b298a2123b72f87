"""Which chat model answers from the next message on."""

from dataclasses import replace

from app.repl.desk import Desk


async def model(desk: Desk, argument: str) -> None:
    """Show the model, or choose another by served name or endpoint name.

    Raises:
        EndpointError: it cannot be reached, or serves no such model; the old one stays.
    """
    models = desk.runtime.models
    if argument:
        desk.live.begin(f"asking {models.describe(argument).endpoint or argument}")
        await models.choose(argument)
        desk.session.context = replace(desk.session.context, model=argument)
        for notice in models.take_notices():
            desk.transcript.line(notice, "yellow")
    described = models.describe(desk.session.context.model)
    place = "" if described.endpoint == described.model else f" at {described.endpoint}"
    desk.transcript.line(f"  {described.model or 'not known yet'}{place}")
    if not argument:
        desk.transcript.line(f"  can be chosen: {', '.join(models.names)}, or a name that the endpoint serves", "dim")
