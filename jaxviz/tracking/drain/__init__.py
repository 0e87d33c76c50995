"""From the journals to the store: the drainer's process, and how it applies each record. No JAX here."""
