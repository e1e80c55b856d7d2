"""Stop the own keys by a stop card, signed out."""
