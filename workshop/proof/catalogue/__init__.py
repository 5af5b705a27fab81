"""Every known way in which a coverage gate lies, as entries that can be run.

To add a mode, add an entry.
"""

from workshop.proof.catalogue import accounts, data, jobs, processes, reading, settings

MODES = [
    *reading.MODES,
    *data.MODES,
    *accounts.MODES,
    *settings.MODES,
    *processes.MODES,
    *jobs.MODES,
]
