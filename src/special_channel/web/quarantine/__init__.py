"""Files refused by a virus scanner: list the files, and record that a person looked into a case."""
