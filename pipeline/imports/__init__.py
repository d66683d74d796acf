"""Data that others published, LLaVA's JSON and refined rows, into the tables that training reads."""
