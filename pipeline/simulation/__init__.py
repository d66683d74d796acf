"""A run on a cluster that is not there: discrete events from measured times tell how long it takes."""
