"""Tests of reports: what is written for people and for programs."""
