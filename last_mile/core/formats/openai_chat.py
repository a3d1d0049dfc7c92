"""OpenAI chat messages: one JSON object per conversation, `{"id", "messages": [...], ...}`."""

from last_mile.core.formats.format import CONVERSATION_IDS, TIMES, Format, Record, first, rest

_IDS = ("id", *CONVERSATION_IDS)
_USERS = ("user", "user_id")


def looks_like(record: Record) -> bool:
    """A list of messages; who calls asks for formats with further marks first."""
    return isinstance(record.get("messages"), list)


def read(record: Record) -> dict[str, object]:
    """The whole conversation as it was logged; a line without an id is refused."""
    used = ("messages", "user", *_IDS, *TIMES)
    return {
        **rest(record, used),
        "holds": "conversation",
        "conversation_id": first(record, _IDS),
        "user_id": first(record, _USERS),
        "started_at": first(record, TIMES),
        "messages": record.get("messages"),
    }


FORMAT = Format("openai_chat", looks_like, read)
