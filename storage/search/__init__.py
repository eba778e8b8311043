"""Finding what a community keeps: one analyser in Python, so that both databases find the same."""
