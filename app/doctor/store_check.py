"""Can threads be kept?"""

from app.doctor.finding import Finding, ok, refused
from app.errors import SwitchyardError
from app.runtime import open_store_for
from app.settings import SettingsTree


async def check_store(settings: SettingsTree) -> Finding:
    """Open it as a run would, and read the list of threads."""
    try:
        async with open_store_for(settings) as store:
            threads = await store.threads.all()
    except SwitchyardError as error:
        return refused("store", error)
    place = "PostgreSQL" if settings.storage.postgres else str(settings.storage.home.expanduser())
    return ok("store", f"{place}, {len(threads)} threads.")
