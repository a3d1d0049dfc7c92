"""An OpenAI-compatible server that misbehaves on purpose and counts what it was paid.

For tests and benchmarks only. In a process of its own: `python -m last_mile_tests.judge_server`.
"""

from last_mile_tests.judge_server.batches import Batches
from last_mile_tests.judge_server.bills import Bill, digest_of
from last_mile_tests.judge_server.recorded import recorded_verdicts, replaying
from last_mile_tests.judge_server.replies import by_rules, honest
from last_mile_tests.judge_server.server import JudgeServer, judge_server

__all__ = [
    "Batches",
    "Bill",
    "JudgeServer",
    "by_rules",
    "digest_of",
    "honest",
    "judge_server",
    "recorded_verdicts",
    "replaying",
]
