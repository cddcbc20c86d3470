"""Captures without what must not be handed on: events and state are made anew of treated values before anything is written."""
