"""What every handler works on: the engine, the clock and the server's own short memory."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from infra.local.clock import Clock
from infra.local.engine import Engine
from infra.local.rest.job_registry import JobRegistry
from infra.local.rest.pending_uploads import Uploads


@dataclass
class Service:
    """One running local cloud. `home` is the folder of its warehouse, "" when it lives in memory."""

    engine: Engine
    project: str
    dataset: str
    location: str
    clock: Clock
    home: str = ""
    url: str = ""
    jobs: JobRegistry = field(default_factory=JobRegistry)
    uploads: Uploads = field(default_factory=Uploads)
    writing: threading.RLock = field(default_factory=threading.RLock)
