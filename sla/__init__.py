"""Time promised and time taken: calendars, policies, clocks and the figures."""
