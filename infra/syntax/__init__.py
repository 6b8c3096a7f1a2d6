"""GoogleSQL's procedural language: text to statements."""
