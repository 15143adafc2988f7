"""What `check` looks at before a station is carried into the forest. Each answer is a sentence."""

from edge_agent.checks.answer import Answer, Grade
from edge_agent.checks.station import check_station

__all__ = ["Answer", "Grade", "check_station"]
