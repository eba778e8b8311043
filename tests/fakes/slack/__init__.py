"""A strict Slack on this machine, for tests: see README.md."""

from tests.fakes.slack.client import Seen, SlackApi, SlackPerson
from tests.fakes.slack.server import FakeSlack

__all__ = ["FakeSlack", "Seen", "SlackApi", "SlackPerson"]
