"""Pure kernels: one stream in, arrays out. Batch with `jax.vmap`; see STATISTICS for what each number means."""
