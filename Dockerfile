# One image for the command line, the webserver and the daemon. Python and dependencies are pinned by
# the lock file; nothing runs as root.
FROM python:3.11-slim-bookworm

WORKDIR /opt/last_mile
COPY requirements.lock ./
RUN pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE workspace.yaml dagster.yaml ./
COPY sql ./sql
COPY last_mile ./last_mile
RUN pip install --no-cache-dir --disable-pip-version-check --no-deps --no-build-isolation -e . \
    && useradd --create-home --uid 10001 last_mile \
    && install -d -o last_mile -g last_mile /data /data/home /data/home/dagster \
    && install -o last_mile -g last_mile dagster.yaml /data/home/dagster/dagster.yaml

USER last_mile
ENV LAST_MILE_HOME=/data/home DAGSTER_HOME=/data/home/dagster
VOLUME /data
CMD ["last-mile", "--help"]
