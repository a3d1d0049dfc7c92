"""Scrubbing of training texts: what becomes which placeholder, what stays, exact names, costs.

Not here: the redaction at the door (test_redaction.py).
"""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from last_mile.core.scrubbing import KINDS, PatternScrubber, found, names_of, scrubber

SCRUBBER = PatternScrubber()


def scrubbed(text: str, *names: str) -> str:
    return SCRUBBER.scrub(text, names)[0]


def test_every_kind_of_a_text_is_replaced_and_counted() -> None:
    text = (
        "I am Ann Lee (ann@example.com, @ann_lee, +49 30 901820), see https://ann.example/cv. "
        "Pay DE89 3704 0044 0532 0130 00 or 4111 1111 1111 1111; SSN 078-05-1120, from 10.20.30.40."
    )
    expected = (
        "I am <NAME> (<EMAIL>, <HANDLE>, <PHONE>), see <URL>. "
        "Pay <IBAN> or <CARD>; SSN <SSN>, from <IP>."
    )
    assert SCRUBBER.scrub(text, ["Ann Lee"]) == (expected, dict.fromkeys(KINDS, 1))
    assert found(expected, ["Ann Lee"]) == {}


def test_placeholders_with_numbers_lose_them_and_others_stay() -> None:
    text = "<NAME_1> wrote to <EMAIL_12>, not to <EMAIL>; see <b> and <TASK_1>"
    assert SCRUBBER.scrub(text) == (
        "<NAME> wrote to <EMAIL>, not to <EMAIL>; see <b> and <TASK_1>",
        {"name": 1, "email": 1},
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Mail <ann.lee+jobs@mail.example.co.uk>", "Mail <<EMAIL>>"),
        ("(ann@example.com), or ann@example.com.", "(<EMAIL>), or <EMAIL>."),
        ("ann@example.com.Please write", "<EMAIL>.Please write"),
        ("Ann@Posta.Com.Tr, Ann@Mail.Example.Co.Uk", "<EMAIL>, <EMAIL>"),
        ("mailto:ann_lee-2@example.org?x", "mailto:<EMAIL>?x"),
        ("o'brien@example.org and ANN@EXAMPLE.COM", "<EMAIL> and <EMAIL>"),
        ("j\u00fcrgen@m\u00fcnchen.de", "<EMAIL>"),
        ("\u8054\u7cfbann@example.com\u8c22\u8c22", "\u8054\u7cfb<EMAIL>\u8c22\u8c22"),
        ("ann\uff20example.com", "<EMAIL>"),
        ("ann&#64;example.com, ann%40example.com", "<EMAIL>, <EMAIL>"),
        ("ann [at] example [dot] com", "<EMAIL>"),
        ("ann(at)example(dot)co(dot)uk!", "<EMAIL>!"),
        ("write to ann at example dot com today", "write to <EMAIL> today"),
        ("ann.lee at gmail.com", "<EMAIL>"),
        ("ann @ example.com", "<EMAIL>"),
        ("ann@example dot com", "<EMAIL>"),
        ("git@github.com:annlee/cv.git", "<EMAIL>"),
        ("https://example.com/a?b=c&d=e#f.", "<URL>."),
        ("(http://example.com/cv), www.example.org?", "(<URL>), <URL>?"),
        ("https://en.wikipedia.org/wiki/Ann_(singer) is", "<URL> is"),
        ("[cv](https://ann.dev/cv)", "[cv](<URL>)"),
        ("linkedin.com/in/ann-lee, annlee.me", "<URL>, <URL>"),
        ("http://localhost:8000/x or example.com:8080/path", "<URL> or <URL>"),
        ("ftp://host/file, brenner.co.at", "<URL>, <URL>"),
        ("Skype: live:ann.lee92", "Skype: <HANDLE>"),
        ("thanks @ann.lee!", "thanks <HANDLE>!"),
        ("@ann\n@bob", "<HANDLE>\n<HANDLE>"),
        ("gb29nwbk60161331926819, IR850720143027955836108543", "<IBAN>, <IBAN>"),
        ("NL98 KFXC 0793 6927 85 instead of NL98 KFXC 0793 6927 85.", "<IBAN> instead of <IBAN>."),
        ("2001:db8::8a2e:370:7334", "<IP>"),
        ("::ffff:44.161.137.240.", "<IP>."),
        ("at 10.0.0.1:8080", "at <IP>:8080"),
        ("SSN: 078051120", "SSN: <SSN>"),
        ("passport no. C01X00T47", "passport no. <SSN>"),
        ("AB 12 34 56 C, 123.456.789-09, 12345678Z", "<SSN>, <SSN>, <SSN>"),
        ("RSSMRA85T10A562S", "<SSN>"),
        ("378282246310005", "<CARD>"),
        ("4111 1111 1111 1111 12/28 123", "<CARD> 12/28 123"),
        ("1234 5678 9012 3456", "<CARD>"),  # written like a card; Luhn's sum is 64
    ],
)
def test_personal_data_becomes_a_placeholder_without_a_number(text: str, expected: str) -> None:
    assert scrubbed(text) == expected


@pytest.mark.parametrize(
    "phone",
    [
        "+49 30 901820", "+4930901820", "+1 (555) 123-4567", "(555) 123-4567", "(555)123-4567",
        "555-123-4567", "555.123.4567", "555 123 4567", "1-800-555-0199", "+1-555-123-4567 ext. 89",
        "030 901820", "0301234567", "07911 123456", "020 7946 0958", "+44 (0)20 7946 0958",
        "01 23 45 67 89", "01.23.45.67.89", "+33 1 23 45 67 89", "06-12345678", "0171/1234567",
        "03-1234-5678", "+91-98765-43210", "98765 43210", "9876543210", "13812345678",
        "138 1234 5678", "(11) 91234-5678", "55 1234 5678", "612 345 678", "91 123 45 67",
        "8 (912) 345-67-89", "052-123-4567", "070-123 45 67", "044 668 18 00", "9123 4567",
        "0412 345 678", "333 1234567", "0049 30 901820", "00491701234567", "+353 87 123 4567",
        "+\u0664\u0669 \u0663\u0660 \u0669\u0660\u0661\u0668\u0662\u0660",  # Arabic digits
        "\uff10\uff19\uff10-\uff11\uff12\uff13\uff14-\uff15\uff16\uff17\uff18",  # full-width ones
        "+49\u00a030\u00a0901820", "555\u2011123\u20114567",
        "279-30-16", "438 25 192", "06 1 234 5678", "939871402", "90329130",
        "612.507.987", "0033 6 56 22 22 04", "0061 2 9941 1060", "820-262-9180\u00a0x313",
        "555-0123", "five five five, one two three, four five six seven",
    ],
)  # fmt: skip
def test_phone_numbers_of_many_countries_are_found(phone: str) -> None:
    assert scrubbed(f"Reply: {phone}, please") == "Reply: <PHONE>, please"


@pytest.mark.parametrize(
    "text",
    ["call me at {}", "phone: {}", "Tel.: {}", "my number is {}", "WhatsApp {}", "\u7535\u8bdd{}"],
)
def test_seven_digits_are_a_phone_number_where_words_say_so(text: str) -> None:
    assert scrubbed(text.format("5551234")) == text.format("<PHONE>")
    assert scrubbed("5551234") == "5551234"


@pytest.mark.parametrize(
    "text",
    [
        "on 2026-01-05, from 2026-01-05 to 2026-02-10, 2026-01-05 - 2026-02-10",
        "2026-01-05 10:00 - 2026-01-06 18:30, 10:05 - 2026-01-06",
        "at 2026-01-05T10:00:00Z, 2026-01-05 10:00:00, 2026-01-05T10:00:00.123+01:00",
        "20260105T100000Z, 20260105, 05.01.2026, 5.1.26, 01/05/2026",
        "in 2024-2026 and 2024 2025, 2019 - 2024, 01/2024 - 12/2025, 2025-2026/3",
        "between 10:30-11:45, 10.30-11.45, at 12:30:45.123456",
        "for 612.507.987,50 or $1,250.00 or 1.250,00 EUR, 1.250.000,00, $1234567890, $12.50-15.00",
        "a budget of 10000-15000 USD, 1500-2000 words, 500 - 1000, 10 000 000, 1,234,567.89",
        "1 234 567 EUR, 50,000-75,000, 15-20 30-45, 10 20 30 40 50 60",
        "1767607200, 1767607200000, 1767607200.123",
        "order 12345678, order #123456, order no. 4455667788, ORD-2026-000123, SKU 1234567890",
        "job-3000123, job 3000123, job-3000123456, a1234567, 0x1234567890",
        "550e8400-e29b-41d4-a716-446655440000, 550e8400-e29b-41d4-9716-446655440000",
        "version 1.2.3.4, v10.20.30.40, 2.10.3, Python 3.11.7, react 18.2.0-rc.1",
        "one two three, 3.14159265358, 0.12345678, 4.75/5 (1234 reviews)",
        "ISBN 978-3-16-148410-0, 94103-1234, 1920x1080 300x250, 1/2/3/4/5",
        "3 to 5 years, 100 %, 24-7, +1 for this, +5000 users, 1000000 rows, 98765432 bytes",
        "ISSN 2049-3630, doi:10.1000/182, 00000000-0000-0000-0000-000000000000, 2147483647 bytes",
        "1000 - 250 - 125 = 625, 612.507.000, fine.so good, @pytest.mark.parametrize",
        "Node.js and Vue.js, ASP.NET, e.g. this, i.e. that, README.md, index.html, done.It is",
        "react@18.2.0 lodash@latest, 3@12.50, 5 @ 3, @types/node, @everyone, a@b",
        "@dataclass\nclass Row:", "@media (max-width: 600px)", "std::vector a::b, self.user.name",
        "look at example, I work at Acme. Dot your i. The dot com bubble",
    ],
)  # fmt: skip
def test_dates_prices_versions_ids_and_code_stay(text: str) -> None:
    assert SCRUBBER.scrub(text) == (text, {})


def test_a_name_goes_in_every_spelling_and_words_that_hold_it_stay() -> None:
    text = (
        "Ann Lee, ANN LEE, ann lee, Ann\nLee, Bo Ng; Ann's, LEE\u2019s, ann_lee, annlee, Ng. "
        "Anna, Leeds, ann and ng stay."
    )
    expected = (
        "<NAME>, <NAME>, <NAME>, <NAME>, <NAME>; <NAME>'s, <NAME>\u2019s, <NAME>, <NAME>, <NAME>. "
        "Anna, Leeds, ann and ng stay."
    )
    assert scrubbed(text, "Ann Lee", "Bo Ng") == expected


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("Zoe\u0308", "Zo\u00eb, Zoe\u0308, Zoe, Zoes", "<NAME>, <NAME>, <NAME>, Zoes"),
        ("Anna-Maria O'Brien", "Anna, Anna-Maria and O'Brien", "<NAME>, <NAME> and <NAME>"),
        ("Juan de la Cruz", "Juan de la Cruz, la vida de Cruz", "<NAME>, la vida de <NAME>"),
        ("The Acme Company", "The company of Acme and", "The company of <NAME> and"),
        ("Li", "Li and Lisa, li", "<NAME> and Lisa, li"),
        ("Ed Do", "Ed, ED, ed do: Do it, ed", "<NAME>, <NAME>, <NAME>: Do it, ed"),
        ("Li Na", "Na, Li; lina and @Li Na", "<NAME>, <NAME>; lina and @<NAME>"),
        ("Suryani", "suryani", "<NAME>"),
        ("Will", "Will it? I will", "<NAME> it? I will"),
        ("\u00c7a\u011fla Y\u0131lmaz", "YILMAZ, Cagla, \u0130", "<NAME>, <NAME>, \u0130"),
        ("\u0130brahim", "\u0130\u0130 \u0130brahim, i\u0307brahim", "\u0130\u0130 <NAME>, <NAME>"),
        ("Mikko Salo", "@mikko salo, @mikko", "@<NAME>, <HANDLE>"),
        ("\u592a\u90ce \u5c71\u7530", "\u592a\u90ce @\u592a\u90ce \u5c71\u7530", "<NAME> @<NAME>"),
        ("\u5f20\u4f1f", "\u6211\u662f\u5f20\u4f1f", "\u6211\u662f<NAME>"),
        ("Email Phone", "<EMAIL> or <PHONE> Email", "<EMAIL> or <PHONE> <NAME>"),
        ("<NAME_1>", "<NAME_1>", "<NAME>"),
    ],
)  # fmt: skip
def test_names_are_matched_as_words_of_their_own(name: str, text: str, expected: str) -> None:
    assert scrubbed(text, name) == expected
    assert scrubbed(expected, name) == expected


def test_names_come_from_lines_of_documents_and_from_patterns_of_the_rubric() -> None:
    documents = [
        ("profile/1", "Name: Ann Lee\nSkills: SQL"),
        ("job/1", "Contact: Bo Li, Acme\nName: <NAME_1>\nClient name: N/A"),
        ("profile/2", "Contact: Dee Dee, nobody\nName: Ann Lee"),
    ]
    patterns = [("job/", r"(?m)^Contact: ([^,]+), (.+)$"), ("job/1", r"(Nobody)?Contact")]
    assert names_of(documents, patterns) == ["Ann Lee", "Bo Li", "Acme"]


def test_a_pattern_of_the_rubric_reads_the_beginning_of_a_document() -> None:
    # 13 + 9,971 + 1 + 13 = 9,998 characters up to the end of the line of Bob
    text = "Contact: Ann\n" + "x" * 9_971 + "\nContact: Bob\nContact: Cid\n"
    assert names_of([("d", text)], [("d", r"(?m)^Contact: (.+)$")]) == ["Ann", "Bob"]
    one_longer = "Contact: Ann\n" + "x" * 9_975 + "\nContact: Bobby\n"  # cut after `Bob`
    assert names_of([("d", one_longer)], [("d", r"(?m)^Contact: (.+)$")]) == ["Ann"]


PIECES = [
    "ann@example.com", "+49 30 901820", "555-123-4567", "4111 1111 1111 1111", "example.com/x", "@",
    "https://x.org/a(b)", "DE89370400440532013000", "10.20.30.40", "@ann_lee", "Ann", "Lee", "<",
    ">", "<EMAIL_1>", "<PHONE>", " at ", " dot ", "com", "SSN ", "call ", "order ", "078-05-1120",
    "-", ".", "/", "1", "12", "(", ")", "+", "0", " ", "\n", ",", "x", "::", "one two three ",
    "_", "#", "Ed", "\u592a\u90ce", "telegram ", "order", "5 ", "\u00e9", "\u0130",
]  # fmt: skip
NAMES = ["Ann Lee", "Ed Ng", "\u592a\u90ce \u5c71\u7530", "Order"]


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
def test_nothing_is_found_in_what_was_scrubbed(text: str) -> None:
    done, _ = SCRUBBER.scrub(text, NAMES)
    assert SCRUBBER.scrub(done, NAMES) == (done, {})
    assert found(done, NAMES) == {}


@given(st.lists(st.sampled_from(PIECES), max_size=6).map("".join))
def test_no_pattern_finds_anything_in_a_text_that_is_not_suspect(text: str) -> None:
    if not scrubber._is_suspect(text):
        finders = (*scrubber._ADDRESSES, *scrubber._OTHERS)
        assert [span for finder in finders for span in finder(text)] == []
        assert not scrubber._is_suspect(SCRUBBER.scrub(text, NAMES)[0])


@given(st.text(max_size=60))
def test_any_text_can_be_scrubbed_twice(text: str) -> None:
    done, _ = SCRUBBER.scrub(text, [text[:9]])
    assert SCRUBBER.scrub(done, [text[:9]]) == (done, {})


@pytest.mark.parametrize(
    "units",
    [
        "1|@@@@|.|a.|x@x.aa@|@ab\n|e.co/(",
        "a [at] |a dot |one |::|<EMAIL_1>|Ann|skype:a.|call me |AB12|a-",
    ],
    ids=["addresses", "words"],
)
def test_two_hundred_kilobytes_without_sense_cost_seconds_and_not_hours(units: str) -> None:
    # Sixty seconds of CPU time for what takes three: the kernel ends a child that is quadratic.
    program = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_CPU, (60, 60));"
        "from last_mile.core.scrubbing import PatternScrubber;"
        "[PatternScrubber().scrub((u * 200_000)[:200_000], ['Ann Lee']) for u in sys.argv[1:]]"
    )
    done = subprocess.run([sys.executable, "-c", program, *units.split("|")], check=False)
    assert done.returncode == 0
