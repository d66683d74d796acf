"""Sheets by which native speakers judge questions, and what their verdicts come to."""
