"""What each Terraform stack contains, as plain data that neither cdktf nor Node is needed to read."""
