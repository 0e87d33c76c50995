"""From the journals to the store: the drainer's process, and what it does with each record. No JAX here."""
