"""Can the policy be read, and what does it say on the whole?"""

from app.doctor.finding import Finding, ok, refused
from app.errors import ConfigurationError
from app.policy_file import load_policy, personal_policy_path
from app.settings import AgentSettings


def check_policy(settings: AgentSettings) -> Finding:
    """Read it as a run would."""
    try:
        policy = load_policy(settings)
    except ConfigurationError as error:
        return refused("policy", error)
    own = f", some of them from {personal_policy_path()}" if personal_policy_path().exists() else ""
    return ok("policy", f"{len(policy.rules)} rules{own}; without one: {policy.default}.")
