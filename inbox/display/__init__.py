"""What is shown, formatted for the reader: values that templates only lay out.

Nothing here writes, and nothing here knows HTTP. A list's cost is its templates, so a
card or a message arrives ready; language and time zone are those active at the edge.
"""
