"""Schedules: dates that come again, what people write to ask for them, and how they are said back."""
