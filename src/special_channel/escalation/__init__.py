"""What happens when a due time passes: the record says so, own people are told.

Does not decide what a due time means (`core.rows.questions`) and never speaks to the other side's
people: each node tells its own (rule 15).
"""
