"""What things cost, as ratios against a floor that is measured in the same run.

Seconds say more of the machine than of the code, and a test that times things fails on
a busy one; so what is fast is measured here, by hand, and never in the tests. Each file
but `timing`, `table`, `crowd` is a subject: its `measure` fills an empty database and
gives the lines of the table.
"""
