# One image for the code location, the webserver, the daemon and the command line. Python and
# dependencies are pinned by version and lock file; nothing runs as root, and only /data is written.
FROM python:3.11.15-slim-bookworm

WORKDIR /opt/last_mile
COPY requirements.lock ./
RUN pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE workspace.yaml dagster.yaml ./
COPY deploy ./deploy
COPY sql ./sql
COPY last_mile ./last_mile
RUN pip install --no-cache-dir --disable-pip-version-check --no-deps --no-build-isolation -e . \
    && python -m compileall -q last_mile \
    && useradd --create-home --uid 10001 last_mile \
    && install -d -o last_mile -g last_mile /data /data/home /data/home/dagster

USER 10001:10001
ENV DAGSTER_HOME=/opt/last_mile/deploy LAST_MILE_HOME=/data/home PYTHONDONTWRITEBYTECODE=1
VOLUME /data
CMD ["last-mile", "--help"]
