"""Can anybody make a service speak to its own network? Every spelling of a private address is refused."""

from __future__ import annotations

import pytest

from shared.web.webhooks.addresses import AddressRefused, judged

OPEN = "93.184.215.14"
PRIVATE = [
    *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.1.2.3", "224.0.0.1"),
    *("::1", "fe80::1", "fe80::1%eth0", "fc00::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "ff02::1"),
    *("2002:7f00:1::", "2001:0:7f00:1::", "::", "255.255.255.255", "198.18.0.1"),
]
MALFORMED = [
    *("http://nhan.example/x", "ftp://nhan.example/", "https://", "//nhan.example/", "https://a b.example/", ""),
    *(
        "https://user:pass@nhan.example/",
        "https://nhan.example/#x",
        "https://nhan.example:99999/",
        "file:///etc/passwd",
    ),
    *(
        "https://nhan.example\\@127.0.0.1/",
        "https://nhan.example/\r\nX: y",
        "https://đ.example/",
        "https://a/" + "x" * 500,
    ),
]


@pytest.mark.parametrize("address", PRIVATE)
def test_a_name_that_leads_into_a_private_network_is_refused(address: str) -> None:
    with pytest.raises(AddressRefused):
        judged("https://nhan.example/su-kien", (), lambda *_: [address])
    with pytest.raises(AddressRefused):
        judged("https://nhan.example/su-kien", (), lambda *_: [OPEN, address])


@pytest.mark.parametrize("url", MALFORMED)
def test_what_no_webhook_looks_like_is_refused(url: str) -> None:
    with pytest.raises(AddressRefused):
        judged(url, (), lambda *_: [OPEN])


@pytest.mark.parametrize(
    "url", ["https://127.0.0.1/", "https://[::1]/", "https://2130706433/", "https://0x7f.1/", "https://localhost/"]
)
def test_an_address_in_any_spelling_is_judged_by_what_it_means(url: str) -> None:
    with pytest.raises(AddressRefused):
        judged(url, ())


def test_the_request_goes_to_the_address_that_was_judged_for_the_name_that_was_given() -> None:
    target = judged("https://nhan.example:8443/a/b?c=d", (), lambda *_: [OPEN])
    assert (target.url, target.host, target.name) == (
        f"https://{OPEN}:8443/a/b?c=d",
        "nhan.example:8443",
        "nhan.example",
    )
    six = judged("https://nhan.example/", (), lambda *_: ["2606:4700::1111"])
    assert six.url == "https://[2606:4700::1111]:443/"


def test_what_the_operator_allows_may_be_private_and_plain() -> None:
    assert judged("http://10.0.0.7:8080/x", {"10.0.0.7:8080"}).url == "http://10.0.0.7:8080/x"
    assert judged("http://10.0.0.7:8081/x", {"10.0.0.7"}).url == "http://10.0.0.7:8081/x"
    for url in ("http://10.0.0.7:8081/x", "http://10.0.0.8:8080/x"):
        with pytest.raises(AddressRefused):
            judged(url, {"10.0.0.7:8080"})
