"""What people wear, without the people."""
