"""Who could answer, in what order, and how often a person may be sent something. Pure functions."""
