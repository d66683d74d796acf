"""Places and events."""
