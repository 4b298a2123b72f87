"""Tests of the serving benchmark, most of them against a server whose timing is known."""
