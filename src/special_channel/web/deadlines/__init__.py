"""Due times of questions: the list, suspended clocks, recounts, and the iCalendar feed."""
