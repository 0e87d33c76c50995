"""What the files of a stored model are called; free of JAX, so that the drainer starts without it."""

WEIGHTS, MANIFEST, EXPORTED = "weights.safetensors", "manifest.json", "policy.stablehlo"
EXPORTED_CHECKSUM = f"{EXPORTED}.sha256"
SCHEMA_VERSION = 1
