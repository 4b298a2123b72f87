"""A page of /metrics as numbers by name and labels."""

from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

Counts = dict[tuple[str, frozenset[tuple[str, str]]], float]


class Page:
    """What Prometheus would read."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._values: Counts = {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        }

    @classmethod
    def of(cls, path: Path) -> "Page":
        return cls(path.read_text())

    def __call__(self, name: str, **labels: str) -> float:
        """One value; `from` is written `from_`, and what was never counted is 0."""
        wanted = frozenset((label.rstrip("_"), value) for label, value in labels.items())
        return self._values.get((name, wanted), 0.0)

    def labels_of(self, name: str) -> list[dict[str, str]]:
        return [dict(labels) for known, labels in self._values if known == name]
