"""Texts without personal data that look as if they had some: a careful person leaves them alone.

Not here: planted personal data, tests.
"""

from __future__ import annotations

import random
from typing import NamedTuple

from last_mile_tests.personal_formats import full_name
from last_mile_tests.personal_sentences import PEOPLE

# Kind: examples, each written as people write it.
_LOOKALIKES = """
date: 2026-01-05 | 05.01.2026 | 12/31/2025 | 5 January 2026 | 03-04-2025 | 31.12.25 | 2026/01/05
time: 10:30 | 14:05:09 | 9:30-17:00 CET | 8.30-12.00 and 13.00-17.30 | 7:45 am | 00:00:01.250
timestamp: 2026-01-05T10:00:00Z | 2026-01-05T10:00:00.123456+02:00 | 2026-01-05 10:00:00,123
timestamp: 20260105T100000Z | 20260105-100000 | 2026-01-05 10:00 - 2026-01-06 18:30
price: $1,250.00 | 12.500,00 EUR | 12 500 EUR | USD 4,000-6,000 | 1.250.000,00 | R$ 2.500,00
price: 1 250 000 EUR | Rs 1,25,000 | $45/hr | 4 units @ 12.50 | 3000-4500 USD | 1'250.00 CHF
version: 3.11.4 | v2.0.1-beta.3 | 120.0.6099.109 | Python 3.12 | >=3.10,<3.13 | ^1.2.3
version: Chrome 126.0.6478.127 | 10.0.19045.3693
order size: 1,200 x 800 px | 10 000 units | 500-1000 pieces | 25,000 words | 1920x1080 | 3840 x 2160
order size: 210 x 297 mm | 2 x 250 g | 12 pages, 4500 words, 30 images
count: 1,234,567 rows | 123456789 bytes | 10000000 steps | 4 294 967 296 values | 2147483647 bytes
percent: 12.5 % | 99.95% | 0.1-0.3 % | 100 % | +4.75 pp | 33.33333333 %
rating: 4.5/5 | 9/10 | 4.87 out of 5 | 5/5 stars (1,203 reviews) | 24/7 | 3-2 | 50/50
year: 2019-2024 | 1998 | the 1990s | 2023/24 | 2021, 2022, 2023 and 2024 | FY2025-2026
hash: 9fceb02d0ae598e95dc970b74767f19372d61af8 | a1b2c3d | 5d41402abc4b2a76b9719d911017c592
hash: sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824 | 4512398
hash: 0000000000000000000000000000000000000000 | 7e57004 | 1234567890123456789012345678901234567890
uuid: 123e4567-e89b-12d3-a456-426614174000 | 550e8400-e29b-41d4-a716-446655440000
uuid: 00000000-0000-0000-0000-000000000000 | 41507724-0162-4b7e-9180-55281034ac97
id: job-3000123 | ORDER-2024-00123 | ticket #48213 | INV-000457 | conv_000000123456 | PR #1234
id: 100-2345678-9012345 | PO 45000123 | JIRA-20417 | SKU 77-1042-003 | user_8812093 | A2-B3-0042
isbn: ISBN 978-3-16-148410-0 | ISSN 2049-3630 | doi:10.1000/182 | RFC 2822 | ISO 9001:2015
product: Node.js | ASP.NET Core | Vue.js and Three.js | Socket.IO | Windows 11 | iPhone 15 Pro Max
product: Office 365 | Canon EOS 5D | D3.js | ML.NET | GPT-4o | Boeing 737-800 | WD-40 | Boeing 747
file: main.py | README.md | index.html | report.final.pdf | styles.css | run.sh | requirements.txt
file: src/components/Button.tsx | data/2024/01/05.csv | ../assets/logo.svg
file: C:\\Users\\Public\\a.txt
decorator: @dataclass | @app.route('/users/<int:id>') | @property | @pytest.mark.parametrize
decorator: @media (max-width: 600px) | @Override | @functools.lru_cache(maxsize=128)
package: @angular/core@17.0.1 | lodash@4.17.21 | actions/checkout@v4 | numpy==1.26.4 | react@18
code: self.client.get(url) | os.path.join(a, b) | rows[0:10] | std::vector<int> | x::numeric(10, 2)
code: np.zeros((3, 224, 224)) | foo(1, 2, 3) | git rebase HEAD~3 | 0x1F600 | time.sleep(0.25)
code: if a.b.c and d.e: return f.g | a[::2] | f::g::h() | ts = 1704445200 | df.loc[10:20, 3]
css: margin: 0 0 10px 20px | rgb(255, 128, 0) | #1a2b3c | #123456 | translate(50%, -50%)
math: 3 + 4 = 7 | 12 * (34 - 5) = 348 | 2^10 = 1024 | (1 + 2) / 3 | f(x) = 2x + 1 | 1/2 + 1/3 = 5/6
math: 1000 - 250 - 125 = 625 | 3.14159265358979 | 1.2e-10 | 10**12
series: 1, 2, 3, 4, 5, 6, 7, 8 | 10 20 30 40 50 | 85 90 78 92 88 | 1-2-3 | 120 340 560 780
series: | 1 | 20 | 300 | 4000 | 12;34;56;78;90 | 0.12 0.34 0.56 0.78
ratio: 16:9 | 1:100 | 3:1 | 10:1:1 | 2:3:5 | 1:1:1:1
span: 10-15 days | 2-3 weeks | Mon-Fri 9-18 | 30/60/90 days | 15.-20.03. | Q1-Q2
heading: 1.2.3 | 2.1 | Section 4.10.2 | Art. 6 (1) | A.1.2 | Table 12-3
"""
_WORDS = {
    "word": "Dear Sir or Madam | Project Manager | Berlin | Monday | Best regards | New York | "
    "Senior Developer | Customer Success | Hiring Team | Marketing Lead | Happy New Year",
    "word with a name in it": "market | remarkable | hillside | primrose | disgraceful | rosette | "
    "education | bonus | journal | lively | national | kimono | roster | Chilly | Edinburgh | "
    "Joint | Bored | Karlsruhe | Kwanzaa | Weissbier | Carters | Washingtonians | Marketing",
    "word that is a particle": "der Preis | den Entwurf von der Agentur | das Logo, das er mag | "
    "la página de los pedidos | dos colores | el resto de la web | da ist der Link | "
    "bin ich zu teuer | ich bin bereit | la couleur de la bannière",
}
_SENTENCES = [
    "I would go with {} here.",
    "{}",
    "As discussed, {} is what the brief asks for.",
    "Could you check {} before we start?",
    "The draft mentions {}, which is fine.",
    "Please note: {}.",
    "Hello, the answer is {} (see the attached brief).",
    "Danke, {} passt gut.",
    "Perfecto, queda en {}.",
]
WITH_PARTICLES = [p for p in PEOPLE if any(w.islower() for w in p[1].split())]


class Lookalike(NamedTuple):
    """A text without personal data: its kind, the look-alike, the text, the names around."""

    kind: str
    example: str
    text: str
    names: list[str]


def _examples() -> dict[str, list[str]]:
    """{kind: examples}; a bar with a space on either side separates two."""
    kinds: dict[str, list[str]] = {}
    lines = [line.split(": ", 1) for line in _LOOKALIKES.strip().splitlines()]
    for kind, examples in [*lines, *_WORDS.items()]:
        kinds.setdefault(kind, []).extend(e for e in examples.split(" | ") if e.strip(" |"))
    return kinds


def _lookalike(rng: random.Random, kind: str, example: str) -> Lookalike:
    people = [person for person in PEOPLE if person not in WITH_PARTICLES]
    people = WITH_PARTICLES if "particle" in kind else people
    names = [full_name(person) for person in rng.sample(people, 3)]
    if kind == "word with a name in it":
        names += ["Mark Rose", "Grace Hill", "Jo Baxter", "Ed Ng", "Bo Lindqvist", "Min-jun Kim"]
    return Lookalike(kind, example, rng.choice(_SENTENCES).format(example), names)


def lookalike_texts(count: int, seed: int) -> list[Lookalike]:
    """Texts without personal data, as many of each kind; the same for the same seed."""
    rng = random.Random(seed)
    kinds = list(_examples().items())
    turns = (divmod(n, len(kinds)) for n in range(count))
    chosen = ((kinds[place], turn) for turn, place in turns)
    return [_lookalike(rng, kind, of[turn % len(of)]) for (kind, of), turn in chosen]
