"""Models as files without pickle: their arrays, what they compute, and loading them back."""
