"""Templates: texts for the usual questions and answers, in both languages."""
