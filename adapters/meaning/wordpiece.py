"""Text → the numbers of its pieces of words, as BERT's uncased English models were taught to read. Pure.

``vocabulary.txt`` is theirs (Apache License 2.0): a piece a line, its number the line's, from 0.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import Path

UNKNOWN, BEGINS, ENDS = "[UNK]", "[CLS]", "[SEP]"
LONGEST_WORD = 100  # characters; longer ones are unknown
# Written without spaces between words: each character is a word.
IDEOGRAPHS = (
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF),
    (0x20000, 0x2A6DF),
    (0x2A700, 0x2B73F),
    (0x2B740, 0x2B81F),
    (0x2B820, 0x2CEAF),
    (0x2F800, 0x2FA1F),
)


class WordPiece:
    def __init__(self) -> None:
        lines = (Path(__file__).with_name("vocabulary.txt")).read_text("utf-8").split("\n")
        self._numbers: Mapping[str, int] = {piece: number for number, piece in enumerate(lines) if piece}

    def __call__(self, text: str, most: int) -> list[int]:
        """At most ``most`` numbers: that of the beginning, those of the first pieces, that of the end."""
        found: list[int] = []
        for word in _words(text):
            found += self._pieces(word)
            if len(found) >= most - 2:
                break
        return [self._numbers[BEGINS], *found[: most - 2], self._numbers[ENDS]]

    def _pieces(self, word: str) -> list[int]:
        """The longest piece that the word begins with, then the longest that goes on, and so forth."""
        found, begins = [], 0
        while begins < len(word) <= LONGEST_WORD:
            joined = "##" if begins else ""
            for ends in range(len(word), begins, -1):
                number = self._numbers.get(joined + word[begins:ends])
                if number is not None:
                    found.append(number)
                    begins = ends
                    break
            else:
                break
        return found if begins == len(word) else [self._numbers[UNKNOWN]]


def _words(text: str) -> Iterator[str]:
    """Small letters without accents; every sign and every ideograph is a word of its own."""
    plain = unicodedata.normalize("NFD", "".join(map(_spaced, text)))
    letters = "".join(letter for letter in plain if unicodedata.category(letter) != "Mn").lower()
    yield from "".join(f" {letter} " if _is_sign(letter) else letter for letter in letters).split()


def _spaced(letter: str) -> str:
    if letter.isspace():
        return " "
    if letter == "\ufffd" or unicodedata.category(letter).startswith("C"):
        return ""
    return f" {letter} " if any(first <= ord(letter) <= last for first, last in IDEOGRAPHS) else letter


def _is_sign(letter: str) -> bool:
    """Everything in ASCII that can be seen and is neither letter nor digit; elsewhere punctuation."""
    if letter.isascii():
        return letter.isprintable() and not letter.isalnum() and letter != " "
    return unicodedata.category(letter).startswith("P")
