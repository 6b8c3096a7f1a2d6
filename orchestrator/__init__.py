"""From data to schedules: analyses, selects, builds, locks and exports."""
