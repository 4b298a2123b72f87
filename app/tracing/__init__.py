"""Spans of what the agent does, in OpenTelemetry's terms; none are made unless a file or a collector is named."""
