"""The rules, one module each: its name is the rule's name, its docstring's first paragraph the message with the fix.

`check` yields a hit for every place that breaks the rule. A rule sees rendered SQL as trees, never as text: what is
said in a comment, a string or an identifier breaks nothing.
"""
