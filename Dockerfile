# What is installed is what requirements.lock names, by hash. The image holds no compiler, no pip cache, no tests.
FROM python:3.11-slim AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /src
RUN python -m venv /venv && python -m venv /build
# Locks first: as long as they stay, the layers with the dependencies stay.
COPY requirements.lock requirements-build.lock ./
RUN /venv/bin/pip install --require-hashes -r requirements.lock \
 && /build/bin/pip install --require-hashes -r requirements-build.lock
COPY pyproject.toml README.md LICENSE ./
COPY crawler crawler
COPY worker worker
COPY digest_templates digest_templates
RUN /build/bin/python -m hatchling build -t wheel \
 && /venv/bin/pip install --no-deps --no-index dist/*.whl \
 && /venv/bin/python -m pip uninstall --yes pip

FROM python:3.11-slim
RUN groupadd --gid 10001 watercooler \
 && useradd --no-create-home --home-dir /data --uid 10001 --gid 10001 watercooler \
 && install --directory --owner=10001 --group=10001 /data
COPY --from=build /venv /venv
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 WATERCOOLER_HOME=/data
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 8000
# One process that does everything, with SQLite in /data. docker-compose.yml starts other commands.
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s \
  CMD ["python", "-c", "from urllib.request import urlopen as ask; ask('http://127.0.0.1:8000/health/live', timeout=5)"]
CMD ["watercooler", "run", "--host", "0.0.0.0"]
