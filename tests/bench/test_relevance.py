"""The benchmark of finding and routing runs on a small history, on both databases alike."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench import scores
from bench.history import load
from bench.judging import Judge
from storage.engine import Database

TOPICS = ("falls", "wounds", "sleep")


def written(folder: Path) -> str:
    """Twelve days with a question a day, each answered by the expert of its topic, who points to the first like it."""
    start, questions, answers, links = datetime(2026, 1, 1, 9), [], [], []
    for day in range(12):
        topic, at = TOPICS[day % 3], (start + timedelta(days=day)).isoformat()
        asked = {"title": f"How do you prevent {topic}?", "body": "At night.", "tags": [topic], "asker": "ann"}
        questions.append({"id": f"q{day}", "created": at, **asked})
        said = {"author": f"{topic} expert", "accepted": True, "body": "Low beds."}
        answers.append({"question_id": f"q{day}", "created": at, **said})
        if day >= 3:
            links += [{"question_id": f"q{day}", "target_id": f"q{day % 3}", "created": at}] * 2
    for name, rows in (("questions", questions), ("answers", answers), ("links", links)):
        (folder / f"{name}.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return str(folder)


def test_a_test_period_is_a_share_or_dates(tmp_path: Path) -> None:
    folder = written(tmp_path)
    assert load(folder).test_from == datetime(2026, 1, 8, 9, tzinfo=UTC)
    assert load(f"{folder}@0.5").test_from == datetime(2026, 1, 7, 9, tzinfo=UTC)
    history = load(f"{folder}@2026-01-04,2026-01-06")
    assert [question.number for question in history.questions if history.is_test(question)] == [4, 5]


def test_the_busiest_are_those_who_were_when_the_test_begins(tmp_path: Path) -> None:
    folder = written(tmp_path)
    assert load(f"{folder}@2026-01-03").busiest == {load(folder).members[f"{topic} expert"] for topic in TOPICS[:2]}
    assert len(load(folder).busiest) == 3


async def test_the_thread_and_the_expert_are_found(tmp_path: Path, database: Database) -> None:
    history = load(written(tmp_path))
    verdict = await Judge(database.url.render_as_string(hide_password=False), history).judge(history.questions[:1])
    assert [it.right for it in verdict.found] == [{2}, {3}, {1}, {2}, {3}]
    assert all(it.right <= set(it.ours[:4]) for it in verdict.found)
    assert all(it.ours[0] in it.right for it in verdict.routed)
    assert all(it.sure > it.sure_without for it in verdict.found[2:])
    assert len(verdict.strange) == 1


def test_an_order_is_judged_by_where_the_right_ones_are() -> None:
    assert scores.ndcg([1, 2, 3], {1}) == scores.reciprocal([1, 2], {1}) == scores.hit([2, 3, 1], {1}, 3) == 1
    assert scores.reciprocal([2, 1], {1}) == 0.5
    assert scores.recall([1, 2], {1, 9}) == 0.5
    middle, low, high = scores.gain([1.0, 0.5, 1.0, 0.5], [0.5, 0.5, 0.5, 0.5])
    assert low <= middle == 0.25 <= high
