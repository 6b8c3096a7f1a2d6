"""The control half of the local cloud: what the Terraform stacks declare besides tables and routines."""
