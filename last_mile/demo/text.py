"""Turns what is to be seen in a conversation into one: documents, messages, the submitted text.

The truth never enters here, only flags a reader could see; probabilities belong in law.py.
"""

from collections.abc import Mapping
from typing import NamedTuple

from last_mile.demo import talk
from last_mile.demo.dice import Dice
from last_mile.demo.proposal import Job, Profile, first_draft, proposal
from last_mile.demo.trades import CUSTOMERS, TRADES

ENTRY_POINTS = ("default_prompt", "custom_context", "own_draft")
TONES = tuple(talk.TONE_POSTS)
JOB, PROFILE, TALK = 1, 2, 3  # separate streams of dice


class Script(NamedTuple):
    """One conversation as text.

    Attributes:
        messages: (role, content) in order.
        context: (doc_id, text) of the profile and of the job post.
        final_output: the text as submitted.
        entry_point: how the user began.
        task_id: id of the job.
    """

    messages: list[tuple[str, str]]
    context: list[tuple[str, str]]
    final_output: str
    entry_point: str
    task_id: str


def make_job(seed: int, category: int, number: int) -> Job:
    """Return job `number` of a category; the same numbers give the same job."""
    dice = Dice(seed, JOB, category, number)
    trade = TRADES[category]
    contact, tone = dice.pick(talk.CONTACTS), dice.pick(TONES)
    asked = dice.some(trade.requirements, 4)
    pain, reply = dice.pick(trade.pains)
    text = (
        f"{dice.pick(trade.titles)}\n{contact} posts for {dice.pick(CUSTOMERS)}.\n"
        f"Requirements: {', '.join(asked)}\n{pain}\n{dice.pick(talk.TONE_POSTS[tone])} "
        f"{dice.pick(talk.BUDGETS)}"
    )
    return Job(f"job-{category}{number:06d}", category, contact, asked, reply, tone, text)


def make_profile(seed: int, category: int, user: int) -> Profile:
    """Return a user's profile for one category; specialised profiles differ, the name stays."""
    named = Dice(seed, PROFILE, user)
    name = f"{named.pick(talk.FIRST_NAMES)} {named.pick(talk.LAST_NAMES)}"
    voice = named.pick(talk.VOICES)
    dice = Dice(seed, PROFILE, user, category + 1)
    trade = TRADES[category]
    skills, years = dice.some(trade.skills, 4), 3 + dice.below(7)
    works = [(*work, dice.pick(CUSTOMERS)) for work in dice.some(trade.works, 2)]
    projects = "; ".join(f"{thing} for {customer}" for _, thing, customer in works)
    text = (
        f"{name}\nIndependent for {years} years.\nSkills: {', '.join(skills)}\n"
        f"Projects: {projects}.\nAbout me: {voice}."
    )
    return Profile(f"profile-{user:06d}-{category}", name, skills, works, years, voice, text)


def write_script(
    flags: Mapping[str, bool], level: int, job: Job, profile: Profile, dice: Dice
) -> Script:
    """Write the conversation that shows exactly these flags.

    Args:
        flags: metric id -> whether a reader is to see it; all 25 metrics.
        level: engagement, 0 to 2; it decides the entry point.
        job: the job post.
        profile: the user's profile.
        dice: decides wording only.
    """
    fact = dice.pick(talk.FACTS) if flags["added_custom_context"] else None
    final = proposal(flags, job, profile, fact[1] if fact else None, dice)
    messages = [("user", _opening(level, fact[0] if fact else None, profile, dice))]
    if flags["multi_turn"]:
        messages.append(("assistant", first_draft(final, dice)))
        messages.append(("user", dice.pick(talk.REVISIONS)))
    messages.append(("assistant", _answer(flags, final, dice)))
    if flags["user_satisfied"]:
        messages.append(("user", dice.pick(talk.THANKS)))
    elif dice.below(10) == 0:
        messages.append(("user", dice.pick(talk.SHRUGS)))
    context = [(profile.doc_id, profile.text), (job.task_id, job.text)]
    return Script(messages, context, final, ENTRY_POINTS[level], job.task_id)


def _opening(level: int, fact: str | None, profile: Profile, dice: Dice) -> str:
    """Return the first user message of an engagement level."""
    if level == 0:
        return dice.pick(talk.DEFAULT_PROMPTS)
    lead = f"{fact} " if fact else ""
    if level == 1:
        return f"{dice.pick(talk.REQUESTS)} {lead}".rstrip()
    lines = [*dice.some(talk.DRAFT_LINES, 4), f"{profile.voice}."]
    return f"{lead}{dice.pick(talk.PROOFREADS)}\n---\n{' '.join(lines)}\n{profile.name}\n---"


def _answer(flags: Mapping[str, bool], final: str, dice: Dice) -> str:
    """Return the assistant message that hands over the final output."""
    content = final
    if dice.below(3) == 0:
        content = f"{dice.pick(talk.PREAMBLES)}\n\n{final}"
    if flags["asks_clarifying_question"]:
        content = f"{content}\n\n---\nBefore you send it: {dice.pick(talk.CLARIFYING)}"
    return content
