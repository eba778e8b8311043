"""What looks like a patient's detail or a secret, and what only looks so at first sight. Every number here is made up."""

from __future__ import annotations

import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.services.particulars import (
    BIRTH,
    KINDS,
    NATIONAL,
    NHS,
    PHONE,
    RECORD,
    SECRET,
    Particular,
    folded,
    looks_like,
    particulars,
)

A36 = "a1B2" * 9
# For each kind: texts with one, and texts that only resemble them. A text not found or wrongly flagged counts in the figures.
TRUE: dict[str, list[str]] = {
    SECRET: [
        "the bot uses xox" + "b-0000000000-FAKEFAKEFAKE",
        "push with gh" + "p_" + A36,
        "or github_" + "pat_" + A36,
        "key AK" + "IA" + "FAKEFAKEFAKEFAKE",
        "https://maps.example.org/api?key=AI" + "za" + "x" * 35,
        "sk_" + "live_" + "FAKE0FAKE0FAKE0FAKE0",
        "-----BEGIN RSA " + "PRIVATE KEY-----\n" + "MIIfake0" * 8 + "\n-----END RSA PRIVATE KEY-----",
        "ey" + "J" + "a" * 20 + ".ey" + "J" + "b" * 30 + "." + "c" * 40,
        "bot M" + "T" * 23 + ".Gfake0." + "f" * 30,
        "password: Wint3rward",
        "the PC's password is summer2024!",
        "Passwort: Visite#7",
        "postgres://ward" + ":fake0pass@db.example.org/x",
        "API_KEY=" + "0fake1" * 5,
        "password: letmein",  # a plain word: not found
    ],
    RECORD: [
        "MRN 1234567",
        "MRN: 00-12-34-56",
        "hospital no. 1234567",
        "Hospital number H1234567 needs a review",
        "patient ID 998877",
        "Medical record number is 12 34 567",
        "medical record #4455667",
        "pt id: AB123456",
        "chart no 5566778",
        "Patientennummer 9988776",
        "numéro de dossier : 1234567",
        "ＭＲＮ １２３４５６７",
        "hosp no 123456A",
        "he is 1234567 on our system",  # nothing says what it is: not found
    ],
    BIRTH: [
        "DOB 3/4/1951",
        "born 12 March 1951",
        "d.o.b. 03.04.51",
        "date of birth: 1951-04-03",
        "She was born on March 12, 1951.",
        "DOB: 12-Mar-1951",
        "Date of Birth 03041951",
        "née le 3 avril 1951",
        "geb. 3.4.1951",
        "geboren am 3. April 1951",
        "fecha de nacimiento 3 de abril de 1951",
        "born on the 2nd of June 2019",
        "DOB\u00a003\u20114\u20111951",
        "nata il 03/04/1951",
        "3/4/1951 (her birthday)",  # the word comes after: not found
    ],
    NHS: [
        "NHS number 9991234004",
        "NHS no: 999 123 4012",
        "999 123 4020",
        "999-123-4039",
        "NHS 9991234047 for review",
        "Her NHS number is 9991234055.",
        "nhs#9991234063",
        "(999 123 4071)",
        "NHS\u00a0number:\u00a0999\u00a0123\u00a04098",
        "seen 999 123 4101, discharged",
        "national health number 9991234128",
        "９９９ １２３ ４１３６",
        "NHS number 9991234145",  # mistyped: not found
    ],
    NATIONAL: [
        "987-65-4321",
        "SSN 987 65 4322",
        "BSN 999990007",
        "burgerservicenummer: 999990019",
        "his SIN is 999990013",
        "2 51 03 99 999 001 16",
        "DNI 99999001S",
        "NIE X9999001G",
        "ZZZXXX51C52Z999N",
        "Steuer-ID 99012345670",
        "99 012 345 688",
        "510312-9903",
        "120351 00081",
        "CPR 120351-0008",
        "120351-899A",
        "CPF 999.990.001-18",
        "Aadhaar 9999 0000 1001",
        "PPSN 9999001F",
        "SIN 999 990 005",
        "756.9999.0000.00",
        "her social security, it ended in the usual way and starts with 987654321",  # too far: not found
    ],
    PHONE: [
        "+44 7700 900123",
        "07700 900123",
        "call 07700900123 after six",
        "0044 20 7946 0958",
        "(212) 555-0123",
        "212-555-0123",
        "+1 212 555 0123",
        "tel. 020 7946 0958",
        "phone: 5550123",
        "+49 (0)30 23125 123",
        "01 99 00 12 34",
        "０７７００ ９００１２３",
        "the helpline is 0800 555 0123",
        "ring me on 0117\u00a0496\u20110123",
        "<tel:+447700900456|mum>",
        "5550123, ask for Jo",  # nothing says what it is: not found
    ],
}
FALSE: dict[str, list[str]] = {
    SECRET: [
        "I forgot my password: how do I reset it?",
        "Password: required",
        "password = getpass()",
        "the token: a string of characters",
        "password: ${WARD_PASSWORD1}",
        "password: ********",
        "sk-learn 1.4.2",
        "a secret key: 2048-bit",
        "paste from -----BEGIN PRIVATE KEY----- to the end",
        "AKIA is a prefix",
        "https://example.org/reset-password?step=2",
        "token bucket, 12 a minute",
        "the password is expired",
    ],
    RECORD: [
        "MRN is a number of 7 digits",
        "hospital no 2 on the list",
        "patient ID (0010,0020)",
        "hospital number of beds: 400",
        "patient no 3 of 12",
        "mRNA 1234567",
        "question Q-17 and T-142",
        "error 12345678",
        "guideline NG249",
        "ICD I21.4, lot of 100000",
        "NCT01234567",
        "PMID 12345678",
        "clinical record of 10000 patients",
    ],
    BIRTH: [
        "born in 1951",
        "born at 32+4 weeks",
        "birth cohort 2018–2020",
        "DOB field is missing",
        "Florence Nightingale, born 12 May 1820",
        "born 3/4 weeks early",
        "updated 3/4/2021",
        "12 March 2024 at 10:30",
        "date of birth is required",
        "5 mg/12.5 mg",
        "the DOB 99/99/9999 in test data",
        "born with 3.11.2 installed",
        "a newborn 2.5.0 release",
    ],
    NHS: [
        "9991234004",
        "NHS England spent 1234567890",
        "999 123 4005",
        "NHS guideline NG249",
        "order 1999 123 4004",
        "https://example.org/999 and 123",
        "10.1000/9991234004",
        "https://nhs.example.org/9991234012",
        "ISBN 0-306-40615-2",
        "999 123 4004 999 123",
        "the NHS employs 1,400,000",
        "NHS 111 or 999",
    ],
    NATIONAL: [
        "9999 0000 1002",
        "2018-2020 and 2019-2021",
        "50-78-2",
        "999990007",
        "version 3.11.2",
        "since 999990005",
        "1024 2048 4096 8192",
        "192.168.100.200",
        "build 190318-1202.7",
        "the part 120351-0008",  # a day in front: like a newer Danish one, wrongly flagged
        "doi:10.1000/987-65-4321",
        "99999001A",
        "12345678901234567890",
        "timestamp 1600000000000",
    ],
    PHONE: [
        "5 mg/12.5 mg",
        "2018–2020",
        "3.11.2",
        "10.1000/0207946095",
        "ISBN 978-0-306-40615-7",
        "PMID 12345678",
        "https://example.org/t/0207946095/12",
        "10:30 to 11:45",
        "£1,200,300",
        "192.168.0.12",
        "ERROR 025.010000",
        "01.02.2018 10:30",
        "sizes: 622 642 1085",
        "call 3 patients",
        "0.5-1.0 mg/kg",
        "BP 120/80, 130/85",
        "<@123456789012345678>",
        "01.03.44 169",
    ],
}


def _flagged(text: str, kind: str) -> bool:
    return any(one.kind == kind for one in particulars(text))


def figures(kind: str) -> tuple[float, float]:
    """Precision and recall on this kind's cases; whatever is found in one that only resembles it is wrong."""
    hits = sum(_flagged(text, kind) for text in TRUE[kind])
    wrong = sum(bool(particulars(text)) for text in FALSE[kind])
    return hits / (hits + wrong), hits / len(TRUE[kind])


@pytest.mark.parametrize("kind", KINDS)
def test_most_is_found_and_little_else(kind: str) -> None:
    precision, recall = figures(kind)
    missed = [text for text in TRUE[kind] if not _flagged(text, kind)]
    wrong = [(text, particulars(text)) for text in FALSE[kind] if particulars(text)]
    print(f"{kind}: precision {precision:.3f}, recall {recall:.3f}; {len(TRUE[kind])} true, {len(FALSE[kind])} false")
    assert precision >= 0.95, wrong
    assert recall >= 0.9, missed


NOT_FOUND = {
    "password: letmein",
    "he is 1234567 on our system",
    "3/4/1951 (her birthday)",
    "NHS number 9991234145",
    "her social security, it ended in the usual way and starts with 987654321",
    "5550123, ask for Jo",
}
WRONGLY_FLAGGED = {"the part 120351-0008"}


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_missed_and_wrongly_flagged_is_known_one_by_one(kind: str) -> None:
    assert [text for text in TRUE[kind] if not _flagged(text, kind) and text not in NOT_FOUND] == []
    assert [text for text in FALSE[kind] if particulars(text) and text not in WRONGLY_FLAGGED] == []


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("٠٧٧٠٠ ٩٠٠١٢٣", "07700 900123"),
        ("！～ＡＺ０９", "!~AZ09"),
        ("1‐2–3—4−5", "1-2-3-4-5"),
        ("a\u00a0b\u2009c", "a b c"),
        ("a\u2028b\u2029c", "a\nb\nc"),
        ("07\u200b700\u2060 900123", "07700 900123"),
        ("café 夜間", "café 夜間"),
    ],
)
def test_however_it_is_written_it_is_read_as_plain_signs(written: str, plain: str) -> None:
    assert folded(written) == plain


@pytest.mark.parametrize(
    ("text", "found"),
    [
        # Passwords: from six characters on, with a digit, of digits alone or with an odd sign in it.
        ("password: ab12c", None),
        ("password: ab12cd", "password: ab12cd"),
        ("password: 123456", "password: 123456"),
        ("password: ward#night", "password: ward#night"),
        ("password: wardnight!", None),
        ("(password: ab12cd).", "password: ab12cd"),
        ("password: AB12CX", "password: AB12CX"),
        ("token: gh" + "p_" + A36, "gh" + "p_" + A36),  # once, as the key that it is
        ("https://example.org/mrn-1234567/x", None),
        # Keys: from sixteen on, and mixed.
        ("token: ab12ab12ab12ab1", None),
        ("token: ab12ab12ab12ab12", "token: ab12ab12ab12ab12"),
        ("token: abcdabcdabcdabcd", None),
        ("1234567890123456 is no token: see above", None),
        # Record numbers have five digits.
        ("MRN 12 34", None),
        ("MRN AB1234", None),
        ("MRN 12345", "12345"),
        # Days that there are, of people who may live.
        ("born 1st April 1951", "1st April 1951"),
        ("born 1stApril 1951", "1stApril 1951"),
        ("born 31 March 1951", "31 March 1951"),
        ("born 32 March 1951", None),
        ("born 3 Nothing 1951", None),
        ("born 3 April 1890", "3 April 1890"),
        ("born 3 April 1889", None),
        ("DOB 3/4/1890", "3/4/1890"),
        ("DOB 3/4/1889", None),
        ("DOB 3/4/2100", "3/4/2100"),
        ("DOB 3/4/2101", None),
        ("DOB 29/2/52", "29/2/52"),
        ("DOB 31/4/51", None),
        ("DOB 19511331", None),
        ("DOB 19510431", None),
        ("DOB 19511231", "19511231"),
        ("DOB 12311951", "12311951"),
        ("DOB 31121951", "31121951"),
        # Phone numbers: what stands behind such a word, with so many digits, and is no date.
        ("call me on 3.4.2021", None),
        ("phone: 555012", None),
        ("phone: 123456789012345", "123456789012345"),
        ("07700900123", "07700900123"),
        ("0199001234", "0199001234"),
        ("9991234004 is what the NHS gave her", None),  # such a word counts before a number, not after it
        ("09700900123", None),
        ("01.99.00.12.34", "01.99.00.12.34"),
        ("0152 28817386", "0152 28817386"),
        ("0999 99999999", None),
    ],
)
def test_where_the_line_is(text: str, found: str | None) -> None:
    assert [one.text for one in particulars(text)] == ([found] if found else [])


def test_what_follows_something_found_is_looked_at_too() -> None:
    found = particulars("password: ab12cd token: ab12ab12ab12ab12; see https://example.org/07700900123", region="GB")
    assert [one.text for one in found] == ["password: ab12cd", "token: ab12ab12ab12ab12"]
    assert [one.kind for one in particulars("MRN 1234567, NHS 999 123 4004, 07700 900123", region="GB")] == [
        RECORD,
        NHS,
        PHONE,
    ]


TEXTS = st.one_of(
    st.text(max_size=300),
    st.text("0123456789 -./()+:٣５\u00a0–\u200b", max_size=120),
    st.lists(st.sampled_from([text for texts in [*TRUE.values(), *FALSE.values()] for text in texts]), max_size=6).map(
        " ".join
    ),
)


@settings(max_examples=400, deadline=None)
@given(TEXTS, st.sampled_from([None, "GB", "US"]))
@example("born 12 März 19", None)
@example("mobile 07700 900123", None)
def test_findings_stand_in_the_folded_text_one_after_the_other(text: str, region: str | None) -> None:
    whole, at = folded(text), 0
    for one in particulars(text, region=region):
        assert one.kind in KINDS
        at = whole.find(one.text, at)
        assert at >= 0
        at += len(one.text)


HOSTILE = (
    "9 1 - + ( +1 0 password= born MRN: eyJ a. 07700900123 01-02- 510312-9903, -----BEGIN, tel0 d.o.b.,# A1 <@"
    " 99991234004 https:// call(1) ٣ M.".split(" ")
)


@pytest.mark.parametrize("piece", [*HOSTILE, " ", "999 ", "0 ", "MRN ", "tel 0 ", "password is ", "born on ", "0207 "])
def test_hostile_texts_end(piece: str) -> None:
    began = time.perf_counter()
    particulars(piece * (20_000 // max(len(piece), 1)))
    assert time.perf_counter() - began < 5


def test_several_are_found_in_order_of_appearance() -> None:
    found = particulars("Jo, DOB 3/4/1951, MRN 1234567, NHS 999 123 4004, mobile 07700 900123")
    assert found == (
        Particular(BIRTH, "3/4/1951"),
        Particular(RECORD, "1234567"),
        Particular(NHS, "999 123 4004"),
        Particular(PHONE, "07700 900123"),
    )


def test_a_region_makes_its_numbers_known() -> None:
    assert not particulars("98765 43210")
    assert particulars("98765 43210", region="IN") == (Particular(PHONE, "98765 43210"),)


def test_what_is_said_shows_only_the_beginning() -> None:
    assert looks_like(()) == ""
    assert looks_like(particulars("07700 900123")) == (
        "This looks like a phone number (“0770…”). Remove it, or say why it is fine."
    )
    two = looks_like(particulars("DOB 3/4/1951, password: Wint3rward"))
    assert two == (
        "This looks like a date of birth (“3/4/…”) and a password or key (“pass…”). Remove them, or say why they are fine."
    )
    several = [Particular(PHONE, f"{number}00000") for number in range(1000, 1005)]
    named = "a phone number (“1000…”), a phone number (“1001…”)"
    assert looks_like(several).startswith(f"This looks like {named}, a phone number (“1002…”) and 2 more. Remove")
    assert looks_like(several[:4]).startswith(f"This looks like {named}, a phone number (“1002…”) and 1 more.")
    assert looks_like(several[:3]).startswith(f"This looks like {named} and a phone number (“1002…”). Remove")
