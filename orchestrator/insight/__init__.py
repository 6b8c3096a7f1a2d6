"""What people ask about the weeks: which there are, why a message was picked, how a page is judged, whether all is well.

Everything here only reads.
"""
