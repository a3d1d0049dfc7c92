"""Boolean rules over metric ids, as a rubric writes them, and their SQL.

Belongs here: parsing, the names a rule uses, the SQL text. Not here: running the SQL.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable

EVERYONE = "everyone"
_LONGEST = 2_000  # characters of a rule


class RuleSyntaxError(ValueError):
    """A rule is not a boolean expression of names, `and`, `or`, `not` and parentheses."""


def names_in(rule: str) -> set[str]:
    """Names a rule mentions.

    Raises:
        RuleSyntaxError: The rule holds anything else than names, and/or/not, parentheses.
    """
    return {node.id for node in ast.walk(_parse(rule)) if isinstance(node, ast.Name)} - {EVERYONE}


def has_alternatives(rule: str) -> bool:
    """Whether a rule is, at its top, an `or`.

    Raises:
        RuleSyntaxError: As `names_in`.
    """
    top = _parse(rule)
    return isinstance(top, ast.BoolOp) and isinstance(top.op, ast.Or)


def rule_to_sql(rule: str, known: Iterable[str]) -> str:
    """The rule as an SQL expression over quoted columns, in SQL's three-valued logic.

    A missing flag is NULL, so a rule that depends on it is neither met nor refuted.

    Args:
        rule: A rule such as `own_draft and not robotic`; `everyone` is always true.
        known: Column names the rule may use.

    Returns:
        An SQL boolean expression.

    Raises:
        RuleSyntaxError: Bad syntax, or a name that is not in `known`.
    """
    unknown = sorted(names_in(rule) - set(known))
    if unknown:
        raise RuleSyntaxError(f"rule {rule!r} names {', '.join(unknown)}, which is not a metric")
    return _render(_parse(rule))


def _parse(rule: str) -> ast.expr:
    if len(rule) > _LONGEST or "#" in rule:
        raise RuleSyntaxError(f"rule {rule[:40]!r}… is over {_LONGEST} characters or holds a #")
    try:
        tree = ast.parse(rule.strip(), mode="eval").body
    except (SyntaxError, ValueError) as error:
        raise RuleSyntaxError(f"rule {rule!r} is not a boolean expression") from error
    for node in ast.walk(tree):
        if not isinstance(
            node,
            (ast.BoolOp, ast.And, ast.Or, ast.UnaryOp, ast.Not, ast.Name, ast.Load),
        ):
            raise RuleSyntaxError(
                f"rule {rule!r} may hold only metric ids, and, or, not and parentheses"
            )
    return tree


def _render(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name):
            return "true" if name == EVERYONE else f'"{name}"'
        case ast.UnaryOp(operand=operand):
            return f"(not {_render(operand)})"
        case ast.BoolOp(op=op, values=values):
            word = " and " if isinstance(op, ast.And) else " or "
            return f"({word.join(_render(value) for value in values)})"
        case _:  # _parse lets nothing else through
            raise RuleSyntaxError(f"unexpected {type(node).__name__}")
