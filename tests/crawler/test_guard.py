"""The address guard: what is public, what is allowed, in every spelling."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.resolver import AllowList, is_public


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.255.255.254", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1",
        "169.254.169.254", "100.64.0.1", "192.0.0.1", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1",
        "224.0.0.1", "240.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12::1",
        "ff02::1", "2001:db8::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1",
        "64:ff9b::a00:1", "64:ff9b:1::a00:1", "2002:7f00:1::", "2002:c0a8:101::", "2001:0:0:0:0:0:80ff:fffe",
        "100::1", "localhost", "2130706433", "0x7f000001", "127.1", "",
    ],
)  # fmt: skip
def test_what_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_what_is_public(address: str) -> None:
    assert is_public(address)


@given(st.ip_addresses())
def test_nothing_private_is_public_in_any_wrapping(address: object) -> None:
    import ipaddress

    ip = ipaddress.ip_address(str(address))
    if ip.is_private or ip.is_loopback or ip.is_link_local or ip.is_multicast:
        assert not is_public(str(ip))
    if isinstance(ip, ipaddress.IPv4Address):
        assert is_public(f"::ffff:{ip}") == is_public(str(ip))


@pytest.mark.parametrize(
    ("entries", "url", "may"),
    [
        ([], "https://outlet.example/", True),
        ([], "http://outlet.example:8080/", True),
        ([], "http://outlet.example:22/", False),
        ([], "http://outlet.example:6379/", False),
        ([], "http://outlet.example:99999/", False),
        ([], "http://ann@outlet.example/", False),
        ([], "http://127.1/", False),
        ([], "http://", False),
        ([], "ftp://outlet.example/", False),
        (["127.0.0.1:8642"], "http://127.0.0.1:8642/", True),
        (["127.0.0.1:8642"], "http://127.0.0.1/", False),
        (["127.0.0.1:8642"], "http://127.0.0.1:8650/", False),
        (["localhost"], "http://LOCALHOST./", True),
        (["127.0.0.1"], "http://127.0.0.1:8642/", True),
        (["127.0.0.1", "127.0.0.1:8642"], "http://127.0.0.1:8650/", True),
        (["10.0.0.7"], "http://127.0.0.1:22/", False),
        (["[::1]:8642"], "http://[::1]:8642/", True),
        (["::1"], "http://[::1]/", True),
        (["127.0.0.1:x"], "http://127.0.0.1:8642/", False),
    ],
)
def test_ports_and_allowed_hosts(entries: list[str], url: str, may: bool) -> None:
    assert AllowList.of(entries).permits(urlsplit(url)) is may


def test_an_allowed_host_is_that_host_alone() -> None:
    allowed = AllowList.of(["127.0.0.1:8642", ""])
    assert allowed.has("127.0.0.1")
    assert not any(allowed.has(name) for name in ("127.0.0.2", "localhost", "", "127.0.0.1.example"))
