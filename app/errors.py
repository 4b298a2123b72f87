"""The error tree. Every error says what happened, what to do, and which exit code it means.

SwitchyardError (1)
├── AgentFailed (1)             the run ended without an answer
├── UsageError (2)              wrong arguments on the command line
├── ConfigurationError (2)      a bad setting, mcp.json or policy
├── ApprovalNeeded (3)          a call asks and nobody is there to answer
├── EndpointError (4)           no chat model can be reached
├── RequiredServerDown (5)      an MCP server marked as required failed
├── RobotOutOfReach (6)         no guard of a robot answers
├── OutOfTime (124)             the run's wall time is over
└── Interrupted (130)           a person stopped the run
"""


class SwitchyardError(Exception):
    """Base of all errors that a person is meant to read."""

    exit_code = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class AgentFailed(SwitchyardError):
    """The run ended without an answer."""


class UsageError(SwitchyardError):
    """Wrong arguments on the command line."""

    exit_code = 2


class ConfigurationError(SwitchyardError):
    """A bad setting, mcp.json or policy."""

    exit_code = 2


class ApprovalNeeded(SwitchyardError):
    """A call asks for approval and nobody is there to answer."""

    exit_code = 3


class EndpointError(SwitchyardError):
    """No chat model can be reached."""

    exit_code = 4


class RequiredServerDown(SwitchyardError):
    """An MCP server marked as required failed to start."""

    exit_code = 5


class RobotOutOfReach(SwitchyardError):
    """No guard of a robot answers, so nothing can be asked of it, not even a stop."""

    exit_code = 6


class OutOfTime(SwitchyardError):
    """The run's wall time is over."""

    exit_code = 124


class Interrupted(SwitchyardError):
    """A person stopped the run."""

    exit_code = 130
