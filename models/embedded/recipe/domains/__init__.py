"""Requests for kinds of tools that exist: each file has functions from `Draw` to `Request`."""
