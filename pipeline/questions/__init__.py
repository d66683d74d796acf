"""From statements to questions and answers in the words of each language."""
