"""What /health and /metrics answer, over real HTTP."""

from __future__ import annotations

from collections.abc import Sequence

import aiohttp
import pytest

import bot
from bot.errors import ConfigError
from bot.ports import Finding
from bot.web.pages import Metric, exposition, health_page, metrics_page
from bot.web.server import Listener

FINE = Finding(item="store", ok=True, detail="it answers")
BAD = Finding(item="gitlab", ok=False, detail="it was read: not yet", remedy="not for outsiders")


async def get(path: str, parts: Sequence[Finding], metrics: Sequence[Metric] = ()) -> tuple[int, str, str]:
    async def findings() -> Sequence[Finding]:
        return parts

    async def numbers() -> Sequence[Metric]:
        return metrics

    gets = {"/health": health_page(findings), "/metrics": metrics_page(numbers)}
    listener = Listener("127.0.0.1", 0, posts={}, gets=gets)
    await listener.start()
    try:
        async with aiohttp.ClientSession() as http, http.get(f"http://127.0.0.1:{listener.port}{path}") as answer:
            return answer.status, answer.content_type, await answer.text()
    finally:
        await listener.stop()


async def test_health_names_each_part() -> None:
    status, kind, text = await get("/health", [FINE])
    assert (status, kind) == (200, "application/json")
    assert text == (
        f'{{"ok": true, "version": "{bot.__version__}", '
        '"parts": [{"item": "store", "ok": true, "detail": "it answers"}]}'
    )


async def test_one_part_that_is_not_well_is_enough() -> None:
    status, _, text = await get("/health", [FINE, BAD])
    assert status == 503
    assert '"ok": false, "version"' in text
    assert "not for outsiders" not in text


async def test_metrics_are_prometheus_text() -> None:
    labels = (("state", "pending"),)
    metrics = [
        Metric(name="gepettto_reviews", kind="gauge", about="Reviews by state.", values={labels: 3, (): 12_345_678}),
        Metric(name="odd", kind="counter", about="Odd.", values={(("x", 'a"b\\c\nd'),): 0.5}),
    ]
    status, kind, text = await get("/metrics", [], metrics)
    assert (status, kind) == (200, "text/plain")
    assert text == exposition(metrics)
    assert text.splitlines() == [
        "# HELP gepettto_reviews Reviews by state.",
        "# TYPE gepettto_reviews gauge",
        'gepettto_reviews{state="pending"} 3',
        "gepettto_reviews 12345678",
        "# HELP odd Odd.",
        "# TYPE odd counter",
        'odd{x="a\\"b\\\\c\\nd"} 0.5',
    ]


async def test_an_address_that_is_taken_is_one_sentence() -> None:
    first = Listener("127.0.0.1", 0, posts={}, gets={})
    await first.start()
    with pytest.raises(ConfigError, match=r"127\.0\.0\.1:\d+ cannot be listened on .*web\.listen"):
        await Listener("127.0.0.1", first.port, posts={}, gets={}).start()
    await first.stop()


@pytest.mark.parametrize("host", ["192.0.2.1", "no.such.host.invalid"])
async def test_an_address_that_is_not_ours_is_one_sentence(host: str) -> None:
    with pytest.raises(ConfigError, match=r"cannot be listened on .*web\.listen"):
        await Listener(host, 1, posts={}, gets={}).start()


async def test_an_address_of_ipv6() -> None:
    listener = Listener("::1", 0, posts={}, gets={})
    await listener.start()
    async with aiohttp.ClientSession() as http, http.get(f"http://[::1]:{listener.port}/") as answer:
        assert answer.status == 404
    await listener.stop()
