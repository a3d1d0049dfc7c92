"""The exceptions a user sees as a sentence. Programming errors stay tracebacks."""

from __future__ import annotations


class UserError(Exception):
    """Something the user can fix: what is wrong, where, and the fix, in one sentence."""


class PassingError(UserError):
    """Something that may pass by itself: the same work is worth another try in a while."""
