"""Record due times that pass, and alert our own officials.

Does not decide what a due time means (`core.rows.questions`). Never alerts the other side's
officials: each node alerts its own (rule 15).
"""
