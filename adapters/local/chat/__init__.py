"""A pretend chat service: people, places, messages, forms, and an HTTP API for bots. It knows nothing of Rounds.

It lets anyone act as anyone, so it listens on 127.0.0.1 alone.
"""
