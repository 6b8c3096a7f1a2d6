"""Made-up worlds with the shape of the real one."""
