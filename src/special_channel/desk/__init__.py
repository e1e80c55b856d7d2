"""Use cases of one side alone: founding, enrolment, sessions, drafts, private columns.

The link never reaches this package.
"""
