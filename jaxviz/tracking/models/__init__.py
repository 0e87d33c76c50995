"""Models as files without pickle: their arrays, their exported functions, and loading them back."""
