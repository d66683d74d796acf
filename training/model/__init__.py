"""The model that learns: where it comes from, which parts learn, how it is spread over ranks, how it is written."""
