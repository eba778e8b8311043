"""Events: whatever happened can be written to the inbox and read back unchanged."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bot.core.events import (
    CameOrWent,
    Click,
    Command,
    DeliveryStuck,
    Event,
    Interest,
    MessageGone,
    PersonChanged,
    PlaceChanged,
    PlaceMembers,
    Ref,
    RhythmDue,
    Several,
    Shortcut,
    Submit,
    Talked,
    ThreadReply,
    TimerDue,
    TypedDirectly,
    WorkspaceConnected,
    WorkspaceGone,
    from_json,
    platform_of,
    to_json,
)

KINDS: tuple[Any, ...] = get_args(Event)
TEXT = st.text(max_size=20)
REFS = st.builds(Ref, TEXT, TEXT, TEXT)
INSTANTS = st.datetimes(timezones=st.just(UTC))
VALUES = st.dictionaries(
    TEXT, st.none() | st.booleans() | st.integers() | TEXT | st.lists(TEXT, max_size=3), max_size=4
)
ARGUMENTS: dict[type, tuple[st.SearchStrategy[Any], ...]] = {
    Command: (TEXT, REFS, REFS, TEXT, VALUES, TEXT),
    Click: (TEXT, REFS, REFS, TEXT, TEXT, TEXT, st.just("")),  # its words are not written
    Submit: (TEXT, REFS, REFS, TEXT, TEXT, VALUES, TEXT, st.integers()),
    Shortcut: (TEXT, REFS, REFS, TEXT, TEXT, st.none() | REFS, TEXT, TEXT, TEXT),
    ThreadReply: (TEXT, REFS, REFS, TEXT, TEXT, INSTANTS),
    Talked: (TEXT, REFS, REFS, TEXT, INSTANTS),
    TypedDirectly: (TEXT, REFS),
    MessageGone: (TEXT, REFS, TEXT),
    Interest: (
        TEXT,
        REFS,
        TEXT,
        st.lists(REFS, max_size=3).map(tuple),
        st.booleans(),
        st.none() | INSTANTS,
    ),
    WorkspaceConnected: (TEXT, REFS, TEXT, st.none() | REFS, TEXT),
    WorkspaceGone: (TEXT, REFS),
    CameOrWent: (TEXT, REFS, REFS, st.booleans(), INSTANTS),
    PersonChanged: (TEXT, REFS, TEXT, TEXT, st.booleans(), st.booleans()),
    PlaceChanged: (TEXT, REFS, TEXT, st.booleans(), st.booleans(), st.booleans(), st.booleans()),
    PlaceMembers: (TEXT, REFS, st.lists(REFS, max_size=3).map(tuple), INSTANTS),
    Several: (
        TEXT,
        st.lists(st.builds(PersonChanged, TEXT, REFS, TEXT) | st.builds(PlaceChanged, TEXT, REFS, TEXT, st.booleans()))
        .filter(bool)
        .map(tuple),
    ),
    TimerDue: (TEXT, st.integers()),
    RhythmDue: (TEXT, st.integers()),
    DeliveryStuck: (TEXT, st.integers()),
}
EVENTS: st.SearchStrategy[Event] = st.one_of(*(st.builds(kind, *given) for kind, given in ARGUMENTS.items()))


@given(EVENTS)
def test_every_event_comes_back_from_the_inbox_as_it_was(event: Event) -> None:
    again = from_json(to_json(event))
    assert again == event
    assert type(again) is type(event)
    assert platform_of(again) == platform_of(event)


def test_what_a_message_quotes_is_not_written_with_the_press() -> None:
    who = Ref("local", "w", "ada")
    event = Click("k", who, who, "tip.ok|1", "7", "to", "Low beds prevent falls.")
    assert "Low beds" not in to_json(event)
    assert "Low beds" not in repr(event)
    assert from_json(to_json(event)) == replace(event, words="")


def test_no_kind_of_event_is_left_out_above() -> None:
    assert set(ARGUMENTS) == set(KINDS)
    assert all(len(given) == len(fields(kind)) - 1 for kind, given in ARGUMENTS.items())  # all but "kind"


def test_every_kind_names_itself() -> None:
    kinds = [kind.__dataclass_fields__["kind"].default for kind in KINDS]
    assert len(set(kinds)) == len(KINDS) > 1


def test_yes_and_one_are_told_apart() -> None:
    who = Ref("local", "w", "ada")
    event = Submit("k", who, who, "/ask", "d", {"sure": True, "number": 1, "text": "1", "none": None})
    again = from_json(to_json(event))
    assert isinstance(again, Submit)
    assert [repr(value) for value in again.values.values()] == ["True", "1", "'1'", "None"]


def test_an_instant_of_another_zone_stays_the_same_instant() -> None:
    there = datetime(2026, 3, 4, 12, 0, tzinfo=timezone(timedelta(hours=5, minutes=45)))
    who = Ref("local", "w", "ada")
    again = from_json(to_json(ThreadReply("k", who, who, "1", "2", there)))
    assert isinstance(again, ThreadReply)
    assert again.at == there


def test_an_event_from_our_own_database_is_of_no_platform() -> None:
    assert platform_of(TimerDue("k", 1)) == platform_of(DeliveryStuck("k", 1)) == "rounds"


@pytest.mark.parametrize("damaged", ["", "{}", '{"kind": "unknown"}', '{"kind": "timer_due", "key": "k"}'])
def test_a_damaged_entry_is_refused(damaged: str) -> None:
    with pytest.raises(ValidationError):
        from_json(damaged)


def test_what_an_older_version_wrote_can_still_be_read() -> None:
    entry = json.loads(to_json(Command("k", Ref("a", "b", "c"), Ref("a", "b", "d"), "ask")))
    for added_later in ("options", "answer_to"):
        del entry[added_later]
    assert from_json(json.dumps(entry)) == Command("k", Ref("a", "b", "c"), Ref("a", "b", "d"), "ask")


@given(st.text().filter(lambda text: "/" not in text), st.text().filter(lambda text: "/" not in text), st.text())
def test_a_reference_can_be_written_as_one_word(platform: str, workspace: str, id: str) -> None:
    ref = Ref(platform, workspace, id)
    assert Ref.parse(str(ref)) == ref


@pytest.mark.parametrize("text", ["", "slack", "slack/T1"])
def test_a_reference_has_three_parts(text: str) -> None:
    with pytest.raises(ValueError, match="not enough values"):
        Ref.parse(text)
