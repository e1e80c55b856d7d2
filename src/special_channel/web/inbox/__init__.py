"""Lists of threads: the inbox by due times, and the list by the last change."""
