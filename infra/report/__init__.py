"""One review, said three ways: terminal (rich), Markdown for a pull request, JSON for a program."""
