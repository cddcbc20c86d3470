"""The service: rules that run for as long as the machine does. Alerts are delivered by workers, health and metrics are served."""
