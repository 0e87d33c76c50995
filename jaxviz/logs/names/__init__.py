"""What names of folders and files say of a run."""
