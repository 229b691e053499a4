FROM python:3.11-slim AS build
WORKDIR /src
COPY requirements.lock pyproject.toml README.md LICENSE ./
COPY crawler crawler
COPY worker worker
COPY digest_templates digest_templates
RUN python -m venv /venv \
 && /venv/bin/pip install --no-cache-dir --require-hashes -r requirements.lock \
 && /venv/bin/pip install --no-cache-dir --no-deps .

FROM python:3.11-slim
RUN useradd --create-home --uid 10001 watercooler && mkdir /data && chown watercooler /data
COPY --from=build /venv /venv
ENV PATH=/venv/bin:$PATH
USER watercooler
WORKDIR /data
CMD ["watercooler", "run", "--host", "0.0.0.0"]
