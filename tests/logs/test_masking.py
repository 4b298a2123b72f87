"""What is hidden, and what is left to read."""

import pytest

from app.masking import mask, remember_secrets, secrets_in, secrets_in_environment, secrets_in_url
from app.settings import Endpoint, ModelSettings, SettingsTree


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Authorization: Bearer abc.def", "Authorization: Bearer ***"),
        ("headers=[(b'Authorization', b'Bearer abc'), (b'Accept', b'*/*')]", None),
        ("{'authorization': 'Basic Zm9vOmJhcg=='}", "{'authorization': 'Basic ***'}"),
        ("X-API-Key: abc", "X-API-Key: ***"),
        ("sent Bearer abcdefgh1234", "sent Bearer ***"),
        ("postgresql://me:pa55@host/db is down", "postgresql://***@host/db is down"),
        ("https://token@host/x", "https://***@host/x"),
        ("api_key=abc&model=m", "api_key=***&model=m"),
        ('{"password": "abc", "user": "me"}', '{"password": "***", "user": "me"}'),
        ("OPENAI_API_KEY=abc", "OPENAI_API_KEY=***"),
    ],
)
def test_what_looks_like_a_secret_is_hidden(text: str, shown: str | None) -> None:
    assert mask(text) == (shown or "headers=[(b'Authorization', b'Bearer ***'), (b'Accept', b'*/*')]")


@pytest.mark.parametrize(
    "text",
    [
        "max_tokens=100, input_tokens: 70",
        "http://127.0.0.1:8000/v1 answered 401 Unauthorized",
        "mail me@example.org",
        "the Bearer token is missing",
        "author: somebody",
    ],
)
def test_what_is_none_is_left(text: str) -> None:
    assert mask(text) == text


def test_a_remembered_value_is_hidden_in_every_form_it_takes() -> None:
    remember_secrets(['odd "value" /+'])
    assert mask('odd "value" /+ | odd \\"value\\" /+ | odd%20%22value%22%20%2F%2B') == "*** | *** | ***"


def test_short_and_common_values_are_not_remembered() -> None:
    remember_secrets(["ab", "true", "EMPTY", "ollama", ""])
    assert mask("about true things, EMPTY, ollama") == "about true things, EMPTY, ollama"


def test_the_longer_of_two_secrets_is_hidden_whole() -> None:
    assert mask("long-secret-and-more", ["long-secret", "long-secret-and-more"]) == "***"


def test_settings_are_searched_to_the_bottom() -> None:
    endpoint = Endpoint.model_validate({"base_url": "http://me:url-password@host/v1", "api_key": "inner-key"})
    model = ModelSettings.model_validate({"api_key": "outer-key", "endpoints": {"a": endpoint}})
    settings = SettingsTree.model_validate({"model": model, "storage": {"postgres": "postgresql://u:db-pass@h/d"}})
    assert {"outer-key", "inner-key", "url-password", "db-pass"} <= secrets_in(settings)


def test_addresses_and_environments_name_their_secrets() -> None:
    assert secrets_in_url("https://u:p4ss@host/?token=abcd&page=2") == {"p4ss", "abcd"}
    found = secrets_in_environment({"HF_TOKEN": "hf_12345678", "SSH_KEY": "/home/me/key", "TERM": "xterm-256color"})
    assert found == {"hf_12345678"}
