"""Alerts: records of what rules have found, how they are written down, and where they go."""
