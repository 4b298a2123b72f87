"""Whether an address means this machine: what the guard lets in without a token, and what no proxy is asked for."""

import ipaddress


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches what listens there.

    Args:
        host: a name or an address, an IPv6 one without brackets.
    """
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
