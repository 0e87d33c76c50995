"""What the files of a stored model are called; free of JAX, so that the drainer starts without it."""

WEIGHTS, MANIFEST, EXPORTED = "weights.safetensors", "manifest.json", "policy.stablehlo"
SCHEMA_VERSION = 1
