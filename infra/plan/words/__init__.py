"""Arguments of resources in sentences: what a reader of the plan wants to know, not how Terraform spells it."""
