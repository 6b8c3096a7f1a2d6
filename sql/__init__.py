"""The one body of GoogleSQL that both programs use."""
