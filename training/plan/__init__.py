"""Which sequences make up which step on which rank: a pure function of samples, seed and epochs, never of iterators."""
