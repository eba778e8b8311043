"""What is measured of finding by meaning, with a model that knows a few words."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.history import load
from bench.semantic import Asking, SemanticJudge, _finding, _routing
from storage.engine import Database
from tests.bench.test_relevance import written
from tests.support.meaning import FewWords


async def test_every_question_is_searched_for_and_people_ranked_with_the_model_and_without(
    tmp_path: Path, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    history, model = load(written(tmp_path)), FewWords()
    judge = SemanticJudge(database.url.render_as_string(hide_password=False), history, Asking(model))
    verdict = await judge.judge(history.questions[:1])
    assert [it.right for it in verdict.found] == [{2}, {3}, {1}, {2}, {3}]
    every = judge.by_words, judge.plain, judge.sure_by_words, *judge.ms.values(), *judge.typed.values()
    assert {len(one) for one in every} == {5}
    assert len(model.read) == len(set(model.read))  # each text once
    assert [it.right for it in verdict.routed] == [it.right for it in judge.routed_by_words] != []
    _finding(judge)
    _routing(judge, history.busiest)
    said = capsys.readouterr().out
    assert "nDCG@10, the title alone" in said
    assert "plain BM25" in said
    assert "MRR, everyone" in said
    assert "Hit@3 at max load" in said
