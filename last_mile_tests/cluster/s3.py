"""A server that speaks S3, with one empty bucket, and the variables of a lake on it."""

from __future__ import annotations

import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from last_mile_tests.cluster.machines import VARIABLES
from last_mile_tests.deployment.services import free_port, wait_for

BUCKET = "lake"
_SERVER = Path(sys.executable).parent / "moto_server"


@contextmanager
def s3() -> Iterator[str]:
    """Its address, until the block ends; the bucket is there."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    server = subprocess.Popen(
        [str(_SERVER), "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        wait_for(lambda: _made_bucket(address), "the S3 server does not answer")
        yield address
    finally:
        server.terminate()
        server.wait()


def lake_at(address: str) -> dict[str, str]:
    """What stands in `.env` when tables are in a lake; the machines put the real port in."""
    return {
        "LAST_MILE_LAKE": "postgresql://dagster@127.0.0.1:5432/lake",
        "LAST_MILE_LAKE_DATA": f"s3://{BUCKET}/tables",
        "LAST_MILE_S3_ENDPOINT": address,
        "PGPASSWORD": VARIABLES["POSTGRES_PASSWORD"],
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "us-east-1",
    }


def _made_bucket(address: str) -> bool:
    asked = urllib.request.Request(f"{address}/{BUCKET}", method="PUT")
    try:
        with urllib.request.urlopen(asked, timeout=10) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
