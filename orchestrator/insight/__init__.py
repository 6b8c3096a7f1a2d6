"""What people ask: which weeks there are, why a message was picked, how a page is judged, whether all is well.

Everything here only reads.
"""
