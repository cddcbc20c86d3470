"""Where events come from: what every capture is to those who read it, and the formats there are."""
