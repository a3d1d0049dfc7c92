"""What a comparison of groupings comes to, in plain sentences.

Not here: deciding (rule.py), showing (cli/, the report).
"""

from __future__ import annotations

from collections.abc import Sequence

from last_mile.core.judge.grouping.rule import ACCEPTABLE, ENOUGH_LABELS, ONE, POOLED, Reason, Row


def recommendation(rows: Sequence[Row]) -> str:
    """The recommended grouping with its reason and its price, then why not the others.

    Args:
        rows: Rows of `judge_grouping`, of one comparison; they may be none.
    """
    pooled = [row for row in rows if row["metric"] == POOLED]
    if not pooled:
        return "Groupings of the judge's questions were not compared: `last-mile judge grouping`."
    one = next(row for row in pooled if row["grouping"] == ONE)
    best = next(row for row in pooled if row["recommended"])
    setting = f"`judge: {{grouping: {best['grouping']}}}`"
    said = [f"Recommended: {_named(best)} ({setting}), {_cost(best)}"]
    if best is not one:
        said[0] += f" against {_cost(one)} with {_named(one)}; it {_why(best, one)}"
        said += _weakest(rows, best)
    said += [_not(row, one) for row in pooled if row is not best and row is not one]
    compared, sampled = one["n_conversations"], one["n_sampled"]
    said.append(f"Compared on {compared:,} of {sampled:,} sampled conversations")
    if compared < sampled:
        said[-1] += "; the others lack an answer under some grouping (a spending cap, or no reply)"
    return ". ".join(said) + "."


def _not(row: Row, one: Row) -> str:
    if row["reason"] in ACCEPTABLE:
        return f"Acceptable too, but not cheaper: {_named(row)} ({_cost(row)})"
    return f"Not {_named(row)} ({_cost(row)}): it {_why(row, one)}"


def _named(row: Row) -> str:
    names = {"all": "all questions in one call", ONE: "one question a call"}
    return names.get(row["grouping"]) or f"{row['grouping']} groups of questions"


def _cost(row: Row) -> str:
    cost = row["usd_per_1000"]
    return ("$0" if not cost else f"${cost:,.2f}" if cost >= 1 else f"${cost:.4f}") + (
        " per 1,000 conversations"
    )


def _why(row: Row, one: Row) -> str:
    reason: Reason = row["reason"]
    if reason == "loses_answers":
        whole = row["n"] + row["n_lost"]
        return f"leaves out {row['n_lost']:,} of {whole:,} answers that {_named(one)} gives"
    if reason == "no_variation":
        return "gives answers that do not vary, so agreement beyond chance cannot be told"
    if reason in ("as_good_by_labels", "worse_by_labels"):
        judged = "no further" if reason == "as_good_by_labels" else "further"
        return (
            f"is {judged} from people's answers than {_named(one)}: kappa {_kappa(row, 'label')} "
            f"against {_kappa(one, 'label')}, {row['n_labelled']:,} labelled answers"
        )
    agrees = "agrees" if reason == "agrees_with_one" else "does not agree well enough"
    return (
        f"{agrees} with {_named(one)}: kappa {_kappa(row, 'kappa')} over {row['n']:,} answers, "
        "which is agreement with another way of asking, not truth (too few answers have a human "
        f"label: {ENOUGH_LABELS} are needed)"
    )


def _kappa(row: Row, versus: str) -> str:
    value = row["kappa" if versus == "kappa" else "label_kappa"]
    low, high = row[f"{versus}_low"], row[f"{versus}_high"]
    return f"{value:.2f}" + ("" if low is None else f" [{low:.2f}, {high:.2f}]")


def _weakest(rows: Sequence[Row], best: Row) -> list[str]:
    """The metric on which a grouping agrees least with one question a call."""
    of_metrics = [
        row
        for row in rows
        if row["grouping"] == best["grouping"]
        and row["metric"] != POOLED
        and row["kappa"] is not None
        and row["n_agree"] < row["n"]
    ]
    if not of_metrics:
        return []
    least = min(of_metrics, key=lambda row: row["kappa"])
    return [f"The two agree least on {least['metric']}: kappa {_kappa(least, 'kappa')}"]
