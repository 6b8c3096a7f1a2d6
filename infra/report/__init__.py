"""One review, said three ways: `terminal`, `markdown` and `json` each have `render(review, phases)`.

`phases` are what a deployment has done so far, as its record keeps them: mappings of phase, seconds, outcome and note.
"""
