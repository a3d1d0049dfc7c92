"""Writes one job proposal that shows exactly the flags it is told to, and the draft before it.

Sentences belong in phrases.py and trades.py; the conversation around it, in text.py.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from last_mile.demo import phrases
from last_mile.demo.dice import Dice
from last_mile.demo.trades import TRADES

SHORT_UNDER = 110  # words; the same number stands in rubrics/proposals.yaml
LONG_FROM = SHORT_UNDER + 4
Choose = Callable[[Sequence[str]], str]
Pens = tuple[Dice, Choose]


class Job(NamedTuple):
    """A job post and what a proposal may take up of it."""

    task_id: str
    category: int
    contact: str
    requirements: list[str]
    reply_to_pain: str
    tone: str
    text: str


class Profile(NamedTuple):
    """A user's profile for one category and what a proposal may take up of it."""

    doc_id: str
    name: str
    skills: list[str]
    works: list[tuple[str, str, str]]
    years: int
    voice: str
    text: str


def proposal(
    flags: Mapping[str, bool], job: Job, profile: Profile, fact: str | None, dice: Dice
) -> str:
    """Return the submitted text.

    Args:
        flags: metric id -> whether it is to be seen; only those about the final output are read.
        job: the job post.
        profile: the user's profile.
        fact: a sentence taken from what the user added, or None; only long texts have room for it.
        dice: decides wording and order.
    """
    short = flags["short_proposal"]
    text = _compose(flags, job, profile, fact, (dice, dice.pick))
    if short and len(text.split()) >= SHORT_UNDER:  # too much to say: take the shortest wordings
        text = _compose(flags, job, profile, fact, (dice, _shortest))
    return text


def first_draft(final: str, dice: Dice) -> str:
    """Return the draft a user sends back: the later text, opened with stock phrases.

    About every second one is padded as well, the others say less than the later text: which of the
    two is longer tells nothing.
    """
    _, opening, *blocks, closing = final.split("\n\n")
    lines, rest = dice.some(phrases.ROBOTIC, 3), opening.partition(". ")[2]
    stock = f"{lines[0]} {dice.pick(phrases.DRAFT_BODY)} {lines[1]} {rest}".rstrip()
    greeting = dice.pick(phrases.GENERIC_GREETINGS)
    says_less = len(final) % 2 == 1 and len(blocks) > 1
    body = blocks[:-1] if says_less else [*blocks, lines[2]]
    return "\n\n".join((greeting, stock, *body, closing))


def _shortest(bank: Sequence[str]) -> str:
    return min(bank, key=lambda line: len(line.split()))


def _compose(
    flags: Mapping[str, bool], job: Job, profile: Profile, fact: str | None, pens: Pens
) -> str:
    """Return greeting, paragraphs, list and closing, long enough where they must be long."""
    dice, choose = pens
    about_job = _about_job(flags, job, dice, choose)
    about_me = _about_me(flags, profile, dice, choose)
    terms = _terms(flags, choose)
    bullets = _bullets(job, 2 if choose is _shortest else 3, dice)
    if not flags["has_bullet_list"]:
        bullets = ""
    if flags["generic_greeting"]:
        greeting = choose(phrases.GENERIC_GREETINGS)
    else:
        greeting = choose(phrases.NAMED_GREETINGS).format(job.contact)
    closing = f"{choose(phrases.CLOSINGS)}\n{profile.name}"
    if not flags["short_proposal"]:
        lines = [greeting, *about_job, *about_me, *terms, bullets, closing]
        extra = _extra(flags, profile, fact, sum(len(line.split()) for line in lines), dice)
        half = len(extra) // 2
        about_me += extra[:half]
        terms[:0] = extra[half:]
    blocks = [" ".join(about_job), " ".join(about_me), bullets, " ".join(terms)]
    if dice.below(3) == 0:
        blocks[1], blocks[3] = blocks[3], blocks[1]
    return "\n\n".join(block for block in (greeting, *blocks, closing) if block)


def _about_job(flags: Mapping[str, bool], job: Job, dice: Dice, choose: Choose) -> list[str]:
    """Return the sentences that answer the job post."""
    bank = phrases.ROBOTIC if flags["sounds_robotic"] else phrases.PLAIN_OPENINGS
    lines = [choose(bank)]
    if flags["addresses_pain_point"]:
        lines.append(job.reply_to_pain)
    if flags["mentions_job_requirements"]:
        lines.append(_listed(choose(phrases.REQUIREMENTS), dice.some(job.requirements, 3)))
    if flags["matches_job_tone"]:
        lines.append(choose(phrases.TONE_LINES[job.tone]))
    elif dice.below(4) == 0:
        others = [tone for tone in phrases.TONE_LINES if tone != job.tone]
        lines.append(choose(phrases.TONE_LINES[dice.pick(others)]))
    return lines


def _about_me(flags: Mapping[str, bool], profile: Profile, dice: Dice, choose: Choose) -> list[str]:
    """Return the sentences about the writer."""
    lines = []
    if flags["mentions_profile_skills"]:
        lines.append(_listed(choose(phrases.SKILLS), dice.some(profile.skills, 3)))
    if flags["personality_preserved"]:
        lines.append(f"{profile.voice}.")
    if flags["specific_example"]:
        verb, thing, customer = dice.pick(profile.works)
        lines.append(f"{choose(phrases.EXAMPLE_MARKERS)} I {verb} {thing} for {customer}.")
    if flags["hallucinated_claim"]:
        template = choose(phrases.MADE_UP)
        bank = phrases.MADE_UP_FIGURES if template in phrases.WITH_FIGURE else phrases.MADE_UP_NAMES
        lines.append(template.format(dice.pick(bank)))
    if flags["exaggerated_claims"]:
        lines.append(choose(phrases.EXAGGERATED))
    return lines


def _listed(template: str, terms: list[str]) -> str:
    """Return the sentence with the terms in it, its first letter a capital."""
    line = template.format(*terms)
    return line[0].upper() + line[1:]


def _terms(flags: Mapping[str, bool], choose: Choose) -> list[str]:
    """Return the sentences about how and when, and the small talk around them."""
    lines = [choose(bank) for metric, bank in phrases.PRESENT.items() if flags[metric]]
    lines += [choose(bank) for metric, bank in phrases.ABSENT.items() if not flags[metric]]
    return lines


def _extra(
    flags: Mapping[str, bool], profile: Profile, fact: str | None, words: int, dice: Dice
) -> list[str]:
    """Return neutral sentences until the whole is long: the user's fact first, if there is one."""
    lines = [fact] if fact else []
    if not flags["hallucinated_claim"] and dice.below(4) == 0:
        lines.append(f"I have been independent for {profile.years} years.")  # the profile says so
    words += sum(len(line.split()) for line in lines)
    start = dice.below(len(phrases.FILLERS))
    for turn in range(len(phrases.FILLERS)):
        if words >= LONG_FROM:
            break
        line = phrases.FILLERS[(start + turn * 3) % len(phrases.FILLERS)]
        lines.append(line)
        words += len(line.split())
    return lines


def _bullets(job: Job, count: int, dice: Dice) -> str:
    items = "\n".join(f"- {item}" for item in dice.some(TRADES[job.category].deliverables, count))
    return f"{dice.pick(phrases.BULLET_INTROS)}\n{items}"
