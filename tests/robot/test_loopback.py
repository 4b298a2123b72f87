import pytest

from robot.loopback import is_loopback


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.9.1", "::1"])
def test_this_machine_is_known_by_all_its_names(host: str):
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["", "0.0.0.0", "::", "192.168.0.7", "localhost.example.org", "127.0.0.1.example.org"])
def test_no_other_host_passes_for_this_machine(host: str):
    assert not is_loopback(host)
