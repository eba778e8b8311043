"""The pieces of words that the model was taught with."""

from __future__ import annotations

import pytest

from adapters.meaning.wordpiece import WordPiece

pieces = WordPiece()

# As Hugging Face's tokenizers reads them.
READ = {
    "How do you prevent falls?": [101, 2129, 2079, 2017, 4652, 4212, 1029, 102],
    "Åé ñ İstanbul": [101, 29347, 1050, 9960, 102],
    "don't stop-believing 3.14": [101, 2123, 1005, 1056, 2644, 1011, 8929, 1017, 1012, 2403, 102],
    "日本 text": [101, 1864, 1876, 3793, 102],
    "😀 x" + "y" * 101: [101, 100, 100, 102],
    "a\u200db\u00adc\tn": [101, 5925, 1050, 102],
    "": [101, 102],
}


@pytest.mark.parametrize("text", READ)
def test_words_are_cut_as_the_model_was_taught(text: str) -> None:
    assert pieces(text, 128) == READ[text]


def test_a_long_text_is_cut_off_with_its_end_in_place() -> None:
    assert pieces("falls " * 1000, 10) == [101, *[4212] * 8, 102]
