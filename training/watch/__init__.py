"""What a run tells while it learns: measures of its steps, on the console and in TensorBoard, and validation losses."""
