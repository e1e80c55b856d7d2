"""Workbooks made by somebody who did not know the reader, as people keep their lists."""
