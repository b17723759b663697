"""Proof by repair: one small change to the text after which everything is right names the wrong line, in any style."""

from rnn_core.review.repair.edit import Edit as Edit
from rnn_core.review.repair.trying import Repairer as Repairer
