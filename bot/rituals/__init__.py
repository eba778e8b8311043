"""What communities do. Every module or package here that has a ``ritual`` is found by scanning; nothing else lists it."""
