"""Fine-tuning a LlavaNext model on the shards: a deterministic plan, FSDP2, checkpoints that resume exactly."""
