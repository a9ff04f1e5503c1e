"""How the bot is: /health for those who restart it, /metrics for Prometheus."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from aiohttp import web

import bot
from bot.ports import Finding

Labels = tuple[tuple[str, str], ...]

_TEXT = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One family of numbers, by their labels. `kind` is "counter" or "gauge"."""

    name: str
    kind: str
    about: str
    values: Mapping[Labels, float]


def health_page(look: Callable[[], Awaitable[Sequence[Finding]]]) -> Callable[[web.Request], Awaitable[web.Response]]:
    """200 when every part is well, else 503; the parts as JSON either way."""

    async def handler(_: web.Request) -> web.Response:
        parts = await look()
        well = all(part.ok for part in parts)
        shown = [{"item": part.item, "ok": part.ok, "detail": part.detail} for part in parts]
        answer = {"ok": well, "version": bot.__version__, "parts": shown}
        return web.json_response(answer, status=200 if well else 503, headers={"Cache-Control": "no-store"})

    return handler


def metrics_page(look: Callable[[], Awaitable[Sequence[Metric]]]) -> Callable[[web.Request], Awaitable[web.Response]]:
    """Prometheus' text format."""

    async def handler(_: web.Request) -> web.Response:
        return web.Response(body=exposition(await look()).encode(), headers={"Content-Type": _TEXT})

    return handler


def exposition(metrics: Sequence[Metric]) -> str:
    """The text format: https://prometheus.io/docs/instrumenting/exposition_formats/"""
    lines = []
    for metric in metrics:
        lines += [f"# HELP {metric.name} {metric.about}", f"# TYPE {metric.name} {metric.kind}"]
        lines += [f"{metric.name}{_labels(labels)} {value:.15g}" for labels, value in metric.values.items()]
    return "\n".join([*lines, ""])


def _labels(labels: Labels) -> str:
    inner = ",".join(f'{name}="{_escaped(value)}"' for name, value in labels)
    return f"{{{inner}}}" if inner else ""


def _escaped(value: str) -> str:
    return re.sub(r'[\\"]', r"\\\g<0>", value).replace("\n", r"\n")
