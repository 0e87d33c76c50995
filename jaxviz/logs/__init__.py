"""What users have on disk -> Study: one file a format in `formats/`."""
