"""Text → terms: accents and case folded, English word stems, pairs of characters for scripts without spaces."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

import snowballstemmer

# Han, Hiragana, Katakana, Hangul and Thai are written without spaces between words (Hangul: with endings joined on).
UNSPACED = r"\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\u0e00-\u0e7f"
# In many scripts between Devanagari and Khmer most vowels are marks, which regular expressions take for punctuation.
MARKS = "".join(
    chr(code)
    for code in range(0x0900, 0x1C00)
    if unicodedata.category(chr(code)).startswith("M") and not unicodedata.combining(chr(code))
)
LETTERS = rf"[^\W_{UNSPACED}]"
TOKENS = re.compile(rf"[{UNSPACED}]+|{LETTERS}+(?:[{MARKS}]+{LETTERS}*)*(?:\+\+|#)?")
LONGEST_TERM = 64
# Words that occur in most questions and tell nothing about what they ask.
STOPWORDS = frozenset(
    """
    a about after all also am an and any are as at be because been before but by can could did do
    does for from get had has have he her here hi his how i if in into is it its just like
    me my no not of on or our out she should so some than that the their them then there these they
    this those to up us was we what when where which who why will with would you your
    """.split()
)

_stemmer = snowballstemmer.stemmer("english")


@lru_cache(maxsize=50_000)
def _stem(word: str) -> str:
    return str(_stemmer.stemWord(word))


def fold(text: str) -> str:
    """Lower case without accents; compatibility characters made plain."""
    # Twice: what is made plain may have capital letters in it, and folding case may make something to be made plain.
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    decomposed = unicodedata.normalize("NFKD", plain.casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def terms(text: str) -> list[str]:
    """The terms of a text in order, with repetitions, without stop words. Each is ASCII letters and digits only.

    So every database cuts them alike: beyond ASCII they differ on what is a letter, PostgreSQL even by the server's locale.
    """
    found: list[str] = []
    for token in TOKENS.findall(unicodedata.normalize("NFKC", fold(text))):
        if re.match(f"[{UNSPACED}]", token):
            found += [token] if len(token) == 1 else [token[i : i + 2] for i in range(len(token) - 1)]
        elif token not in STOPWORDS:
            # c++ and c# are words of their own.
            word = token.replace("++", "plusplus").replace("#", "sharp")
            found.append(_stem(word)[:LONGEST_TERM])
    return [term if term.isascii() else _in_ascii(term) for term in found]


def _in_ascii(term: str) -> str:
    return "u" + term.encode("utf-16-be").hex()
