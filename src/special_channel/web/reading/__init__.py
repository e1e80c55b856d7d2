"""From the record's views to the values that pages take: one module a page.

Reads alone: nothing here changes the record or the work tables. No page asks once a row;
each gathers what it needs in a handful of queries.
"""
