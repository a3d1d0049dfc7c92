"""Training rows written by hand: which text is a draft is known, and how many are good."""

from __future__ import annotations

from last_mile_tests.consumers.rows import Row

JOBS = ("a bakery", "a school", "a bank", "a farm", "a clinic", "a museum", "a shipyard", "a café")
SKILLS = ("I bake bread", "I teach maths", "I grow oats", "I mend sails", "I count votes")
ROBOTIC = "As an AI language model, I am delighted to furnish the following cover letter regarding"


def draft_of(job: str) -> str:
    """What the assistant first proposed."""
    return f"{ROBOTIC} {job}."


def answer_of(job: str, skill: str) -> str:
    """What the user accepted."""
    return f"Dear team of {job},\n{skill} and would like to do it for you.\nÅsa"


def prompt_of(job: str, skill: str) -> list[dict[str, str]]:
    """A brief with a system text."""
    return [
        {"role": "system", "content": "You write letters for people who look for work."},
        {"role": "user", "content": f"{skill}. Write to {job}."},
    ]


def redrafted(job: str, skill: str) -> list[dict[str, str]]:
    """A brief that was answered once before, badly."""
    return [
        *prompt_of(job, skill),
        {"role": "assistant", "content": draft_of(job)},
        {"role": "user", "content": "Too stiff. Say it as I would."},
    ]


def accepted() -> Row:
    """One accepted answer, after an earlier draft."""
    job, skill = JOBS[0], SKILLS[0]
    return {"prompt": redrafted(job, skill), "completion": _says(answer_of(job, skill))}


def kto_rows() -> list[Row]:
    """40 answers of which every fourth is desirable: 10 good, 30 bad."""
    return [
        {
            "prompt": prompt_of(job, skill),
            "completion": _says(answer_of(job, skill) if i % 4 == 0 else draft_of(job)),
            "label": i % 4 == 0,
        }
        for i, (job, skill) in enumerate((job, skill) for skill in SKILLS for job in JOBS)
    ]


def _says(text: str) -> list[dict[str, str]]:
    return [{"role": "assistant", "content": text}]
