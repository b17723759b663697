"""A person's own code beside the right one: it runs unchanged, and its first wrong line is named."""

from rnn_core.reading import CodeReading as Options
from rnn_core.review.engine import review
from rnn_core.review.report import Fault, Report

__all__ = ["Fault", "Options", "Report", "review"]
