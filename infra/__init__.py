"""From git to cloud: declares, plans, gates, deploys, and stands in for Google on one machine."""
