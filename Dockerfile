# Two stages: the first installs exactly the versions of constraints.txt, with what encrypted Matrix rooms need among
# them; the second holds no tools to build with. setuptools goes first: one package is published as source only.
FROM python:3.13-slim-trixie AS build

WORKDIR /build
COPY constraints.txt ./
RUN python -m venv /opt/gepettto \
    && sed -n '/^setuptools==/,/[^\\]$/p' constraints.txt > backend.txt \
    && /opt/gepettto/bin/pip install --no-cache-dir --require-hashes --requirement backend.txt \
    && /opt/gepettto/bin/pip install --no-cache-dir --no-build-isolation --require-hashes --requirement constraints.txt
COPY pyproject.toml README.md LICENSE ./
COPY bot ./bot
RUN /opt/gepettto/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.13-slim-trixie

RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && install -d -o 10001 -g 10001 /data
COPY --from=build /opt/gepettto /opt/gepettto

# The root may be read-only: everything that is written lies under /data.
ENV PATH=/opt/gepettto/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    GEPETTTO_CONFIG=/data/gepettto.toml \
    GEPETTTO_HEARTBEAT=/data/gepettto.alive
USER 10001:10001
WORKDIR /data
VOLUME /data

HEALTHCHECK --interval=30s --timeout=5s --start-period=60s CMD ["python", "-m", "bot.health"]
ENTRYPOINT ["gepettto"]
CMD ["run"]
