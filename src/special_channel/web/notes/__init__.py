"""Acts about a note: correct, withdraw, translate."""
