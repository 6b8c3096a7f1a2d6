"""The six agents, one module each.

    [performance_analyzer, real_time_monitor] -> [caption_selector] -> [schedule_builder] -> [sheets_exporter]

`orchestrator` runs the stages; a page that fails in one is skipped in the next and reported with its reason.
"""
