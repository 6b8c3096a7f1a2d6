"""GoogleSQL judged by GoogleSQL: its real analyser and reference evaluator, for `make lint` and the tests only.

PyPI's `zetasql` is Google's C++ in WebAssembly. It is a development need: nothing that runs in production imports it,
and even here only `door.py` does.
"""
