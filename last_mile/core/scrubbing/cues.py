"""What the words before a number say it is: a phone number, an id of something, a card, an SSN.

Not here: the shapes of numbers (numbers.py).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal, cast

Cue = Literal["phone", "id", "card", "ssn", ""]

_BEFORE = 60  # characters looked at
_FILLERS = r"""(?:number|numbers|no|nr|num|is|are|on|at|me|us|him|her|them|my|the|our|your|his|or
    |and|to|by|via|under|line|direct|here|anytime|through|with|code|id|mobile|work|home|office|new)"""
_CUE = re.compile(
    rf"""(?<![\w<])(?:
        (?P<card>(?:card|visa|mastercard|amex|american[ ]express|maestro|credit|debit|karte
            |tarjeta)\b
            (?:[^\w<>\n]+(?:number|no|nr|is|card|ending|my|the|debit|credit)){{0,4}}+[^\w<>]{{0,4}})
      | (?P<ssn>(?:ssn|itin|nino|social[ ](?:security|insurance)|national[ ]insurance
            |national[ ]id(?:entity|entification)?|passport|identity[ ]card|id[ ]card
            |tax(?:payer)?[ ]id|aadhaar|aadhar|driver'?s?[ ]licen[sc]e|driving[ ]licen[sc]e
            |licen[sc]e|personnummer|bsn|pesel|dni|nif|cpf|curp|codice[ ]fiscale|steuer-?id
            |ausweis(?:nummer)?|fiscal[ ]code|medicare|nhs|tfn)\b
            (?:[ ]?(?:number|no\b|nr\b|num|is|id|card|code|\#|[:.=()])){{0,4}}+[ ]?)
      | (?P<id>(?:order|invoice|ticket|ref|reference|id|ids|job|case|tracking|sku|isbn|issn|doi
            |serial|booking|confirmation|transaction|claim|policy|item|article|po|version|build|commit
            |issue|pr|request|timestamp|epoch|model|part|product|project|contract|proposal
            |milestone)s?(?:[ ](?:no|nr|number|id|code|is|\#))*+\.?[ ]?[:=\#]?[ ]?)
      | (?P<phone>(?:tele?(?:ph?one?|f[oó]no?|fon)?|t[eé]l[eé]phone|t[eé]l|phones?|phoned?|ph
            |cell(?:ph?one)?|mobiles?|mobil|mob|handy|m[oó]vil|celular|portable|call(?:ing|s)?|ring
            |rufen|dial|text|sms|whats[ ]?app|viber|signal|telegram|wechat|fax|faks|hotline|landline
            |contact|reach|n[uú]mero|nummer|rufnummer|(?:my|his|her|their|our)[ ]number
            |тел|телефон)\b
            (?:[^\w<>\n]+{_FILLERS}){{0,4}}+[^\w<>]{{0,5}})
      )\Z | \#\Z
      | (?P<sign>(?:电话|手机|電話|携帯|號碼|号码|전화|☎|📞|📱)\W{{0,3}}\Z)""",
    re.VERBOSE,
)
_KINDS = {"card": "card", "ssn": "ssn", "id": "id", "phone": "phone", "sign": "phone", None: "id"}


def cue_before(text: str, start: int) -> Cue:
    """What the words right before a place in a text announce."""
    return _cue(text[max(0, start - _BEFORE) : start].rstrip("+(").lower())


@lru_cache(maxsize=256)
def _cue(before: str) -> Cue:
    found = _CUE.search(before)
    return cast(Cue, _KINDS[found.lastgroup]) if found else ""
