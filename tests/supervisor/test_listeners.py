import os
import socket
import stat

import pytest

from proxy.errors import SeatrialError
from proxy.supervisor.listeners import assert_free, bind, bind_sets, written


@pytest.fixture
def bound():
    """`bound(address, …)` binds and closes after the test."""
    opened = []

    def bound(*addresses: str) -> list[socket.socket]:
        sockets = bind(addresses, "relay.listen")
        opened.extend(sockets)
        return sockets

    yield bound
    for sock in opened:
        sock.close()


def test_tcp_listener_accepts_and_tells_its_port(bound):
    [sock] = bound("127.0.0.1:0")
    host, port = written(sock).split(":")
    assert not sock.getblocking()
    socket.create_connection((host, int(port)), 5).close()


def test_ipv6_listener(bound):
    [sock] = bound("[::1]:0")
    assert written(sock).startswith("[::1]:")


def test_all_ipv6_addresses_leave_ipv4_alone(bound):
    [first] = bound("[::]:0")
    port = first.getsockname()[1]
    assert len(bound(f"0.0.0.0:{port}")) == 1


def test_name_binds_each_of_its_addresses(bound):
    assert all(
        written(sock).startswith(("127.0.0.1:", "[::1]:"))
        for sock in bound("localhost:0")
    )


def test_taken_address_is_named_with_its_key(bound):
    [sock] = bound("127.0.0.1:0")
    with pytest.raises(SeatrialError, match=r"^relay.listen: 127.0.0.1:\d+ is in use"):
        bound(written(sock))


def test_one_taken_address_leaves_none_bound(bound):
    [taken] = bound("127.0.0.1:0")
    before = len(os.listdir("/proc/self/fd"))
    with pytest.raises(SeatrialError):
        bind(["127.0.0.1:0", written(taken)], "relay.listen")
    assert len(os.listdir("/proc/self/fd")) == before


def test_foreign_address_is_refused(bound):
    with pytest.raises(SeatrialError, match="is no address of this machine"):
        bound("192.0.2.1:8080")


def test_address_is_free_or_not(bound):
    [sock] = bound("127.0.0.1:0")
    with pytest.raises(SeatrialError, match=r"^admin.listen: "):
        assert_free(written(sock), "admin.listen")
    address = written(sock)
    sock.close()
    assert_free(address, "admin.listen")


def test_unix_socket_is_private(bound, tmp_path):
    bound(f"unix:{tmp_path}/s")
    assert stat.S_IMODE((tmp_path / "s").stat().st_mode) == 0o600


def test_stale_unix_socket_is_replaced(bound, tmp_path):
    [sock] = bound(f"unix:{tmp_path}/s")
    sock.close()
    [again] = bound(f"unix:{tmp_path}/s")
    assert written(again) == f"unix:{tmp_path}/s"


def test_living_unix_socket_is_left_alone(bound, tmp_path):
    bound(f"unix:{tmp_path}/s")
    with pytest.raises(SeatrialError, match="is in use"):
        bound(f"unix:{tmp_path}/s")


def test_file_in_the_sockets_place_is_left_alone(bound, tmp_path):
    (tmp_path / "s").write_text("precious")
    with pytest.raises(SeatrialError, match="a file that is no socket is there"):
        bound(f"unix:{tmp_path}/s")
    assert (tmp_path / "s").read_text() == "precious"


def test_missing_folder_is_named(bound, tmp_path):
    with pytest.raises(SeatrialError, match="No such file or directory"):
        bound(f"unix:{tmp_path}/absent/s")


def test_each_relay_has_sockets_of_its_own_on_one_port(bound):
    sets = bind_sets(["127.0.0.1:0"], "relay.listen", 3)
    opened = [sock for each in sets for sock in each]
    assert len({sock.getsockname() for sock in opened}) == 1
    assert len({sock.fileno() for sock in opened}) == 3
    for sock in opened:
        sock.close()


def test_a_port_that_another_instance_shares_is_in_use(bound):
    sets = bind_sets(["127.0.0.1:0"], "relay.listen", 2)
    address = written(sets[0][0])
    with pytest.raises(SeatrialError, match="is in use"):
        bind_sets([address], "relay.listen", 2)
    for sock in (sock for each in sets for sock in each):
        sock.close()


def test_a_unix_socket_is_in_every_set(tmp_path):
    sets = bind_sets([f"unix:{tmp_path}/s"], "relay.listen", 2)
    assert sets[0] == sets[1]
    sets[0][0].close()
