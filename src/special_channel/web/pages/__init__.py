"""What each page is given: frozen values, one module a page.

Does not ask the record, does not format: handlers fill these, templates write them.
"""
