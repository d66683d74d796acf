"""What the verdicts of the judge are worth, measured on items that native speakers judged too."""
