"""Serves a model file with llama.cpp's HTTP server on a free port of this machine, until standard input closes.

`python -m tests.drafters.llama.serve FILE CONTEXT KEY` prints the address, up to and with /v1.
"""

from __future__ import annotations

import sys

import xllamacpp  # type: ignore[import-untyped]

MODEL = "tiny"


def serve(path: str, context: int, key: str) -> None:
    parameters = xllamacpp.CommonParams()
    parameters.model.path = path
    parameters.model_alias = {MODEL}
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = 0  # the kernel picks a free one
    parameters.api_keys = [key]
    parameters.n_ctx, parameters.n_parallel, parameters.kv_unified = context, 2, True
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = 1
    parameters.n_threads_http = 4
    parameters.warmup, parameters.ui, parameters.endpoint_slots, parameters.verbosity = False, False, True, -1
    server = xllamacpp.Server(parameters)  # returns when the model is loaded
    print(f"{server.listening_address}/v1", flush=True)  # noqa: T201
    sys.stdin.read()


if __name__ == "__main__":
    serve(sys.argv[1], int(sys.argv[2]), sys.argv[3])
