"""Whether somebody listens at an address: our own look, since ros-mcp calls a dead link "no topics"."""

import asyncio
from contextlib import suppress

from robot.profile import Address

_LIMIT = 1.0


async def is_open(address: Address) -> bool:
    """Whether a TCP connection can be made within a second."""
    try:
        _, writer = await asyncio.wait_for(asyncio.open_connection(address.host, address.port), _LIMIT)
    except (OSError, TimeoutError):
        return False
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()
    return True
