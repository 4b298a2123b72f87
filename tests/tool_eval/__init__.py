"""Tests of the evaluation: verdicts checked by hand, before every kind of right and wrong reply."""
