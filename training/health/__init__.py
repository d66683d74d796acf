"""What a run does about its own mishaps: a loss that is no number or leaps, and a notice that it must leave."""
