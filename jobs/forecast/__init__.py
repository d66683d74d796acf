"""How long a whole run takes on a cluster and what it costs, from the times of a smaller one."""
