"""What is measured of finding by meaning, with a model that knows a few words."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.history import load
from bench.semantic import Asking, SemanticJudge, _report
from storage.engine import Database
from tests.bench.test_relevance import written
from tests.support.meaning import FewWords


async def test_every_question_is_searched_for_with_the_model_and_without(
    tmp_path: Path, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    history, model = load(written(tmp_path)), FewWords()
    judge = SemanticJudge(database.url.render_as_string(hide_password=False), history, Asking(model))
    verdict = await judge.judge(history.questions[:1])
    assert [it.right for it in verdict.found] == [{2}, {3}, {1}, {2}, {3}]
    assert (
        len(judge.by_words)
        == len(judge.plain)
        == len(judge.sure_by_words)
        == len(judge.ms[True])
        == len(judge.ms[False])
        == 5
    )
    assert len(model.read) == len(set(model.read))  # each text once
    assert verdict.routed == []
    _report(history, judge)
    said = capsys.readouterr().out
    assert "nDCG@10" in said
    assert "plain BM25" in said
