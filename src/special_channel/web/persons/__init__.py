"""A side's persons, their functions and keys, machines and roots, and each change of them."""
