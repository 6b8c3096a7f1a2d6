"""Typed values of the business, without input or output."""

from orchestrator.domain.constants import Constants, constants
from orchestrator.domain.evidence import PickEvidence, SlotEvidence
from orchestrator.domain.identity import ScheduleId, assignment_key, caption_key, plan_seed, request_id, schedule_id
from orchestrator.domain.kinds import AccountSize, MessageType, Mode, PriceTier, Segment, Zone
from orchestrator.domain.labels import is_page_name
from orchestrator.domain.plan import Candidate, PlannedMessage, Shortage, WeekPlan, WeekRequest
from orchestrator.domain.status import LEGAL_TRANSITIONS, Status
from orchestrator.domain.week import Week, business_zone, to_local, to_utc

__all__ = [
    "LEGAL_TRANSITIONS",
    "AccountSize",
    "Candidate",
    "Constants",
    "MessageType",
    "Mode",
    "PickEvidence",
    "PlannedMessage",
    "PriceTier",
    "ScheduleId",
    "Segment",
    "Shortage",
    "SlotEvidence",
    "Status",
    "Week",
    "WeekPlan",
    "WeekRequest",
    "Zone",
    "assignment_key",
    "business_zone",
    "caption_key",
    "constants",
    "is_page_name",
    "plan_seed",
    "request_id",
    "schedule_id",
    "to_local",
    "to_utc",
]
