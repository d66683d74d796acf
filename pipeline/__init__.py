"""What one stage of the pipeline turns into the next: tables in, tables out."""
