"""Container engines: what they know, and what they tell of containers that come and go."""
