# The builder installs into /venv, which the last stage copies: tools and caches stay behind.
FROM python:3.11-slim AS builder
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /build
# Dependencies first: this layer is rebuilt only when a lock file changes.
COPY requirements.txt requirements-semantic.txt requirements-build.txt ./
# --build-arg EXTRAS=semantic installs that, too: its lock file holds everything that requirements.txt does.
ARG EXTRAS=""
RUN python -m venv /venv && /venv/bin/pip install --require-hashes -r requirements${EXTRAS:+-$EXTRAS}.txt
RUN python -m venv /build/tools && /build/tools/bin/pip install --require-hashes -r requirements-build.txt
COPY pyproject.toml LICENSE ./
COPY bot bot
COPY adapters adapters
COPY storage storage
COPY schedules schedules
RUN /build/tools/bin/hatchling build -t wheel -d /build/dist && /venv/bin/pip install --no-index --no-deps /build/dist/*.whl

FROM python:3.11-slim
RUN useradd --system --uid 10001 --user-group --no-create-home --home-dir /data --shell /usr/sbin/nologin rounds
RUN mkdir /data && chown rounds:rounds /data
COPY --from=builder /venv /venv
# In a container "every address" is the container's own; what the world sees is what you publish.
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 ROUNDS_DATA_DIR=/data ROUNDS_PUBLIC_HOST=0.0.0.0 ROUNDS_PUBLIC_PORT=8080
USER rounds
WORKDIR /data
VOLUME ["/data"]
EXPOSE 8080
# http.client, unlike urllib, never sends this through a proxy.
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s CMD ["python", "-c", "\
import http.client, os, sys; \
server = http.client.HTTPConnection('127.0.0.1', int(os.environ['ROUNDS_PUBLIC_PORT']), timeout=4); \
server.request('GET', '/health'); \
sys.exit(server.getresponse().status != 200)"]
ENTRYPOINT ["rounds"]
CMD ["run"]
