"""`python -m tests.fake_gitlab --port 0`: prints `{"url": …, "token": …, "project": …}` and runs until it is ended."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys

from tests.fake_gitlab.control import routes
from tests.fake_gitlab.server import TOKEN, FakeGitLab


async def serve(port: int, late_every: int, late_seconds: float) -> None:
    gitlab = FakeGitLab()
    gitlab.late.every, gitlab.late.seconds = late_every, late_seconds
    project = gitlab.world.add_project("team/app")
    await gitlab.start(port, control=routes(gitlab))
    sys.stdout.write(json.dumps({"url": gitlab.url, "token": TOKEN, "project": project.id}) + "\n")
    sys.stdout.flush()
    try:
        await asyncio.Event().wait()
    finally:
        await gitlab.stop()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.fake_gitlab", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 = any free one")
    parser.add_argument("--late-every", type=int, default=0, help="every such post commits late (10 = one in ten)")
    parser.add_argument("--late-seconds", type=float, default=5.0, help="how late")
    options = parser.parse_args()
    try:
        asyncio.run(serve(options.port, options.late_every, options.late_seconds))
    except KeyboardInterrupt:
        sys.exit(0)


if __name__ == "__main__":
    main()
