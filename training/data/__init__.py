"""From rows in storage to the tensors of a micro-batch."""
