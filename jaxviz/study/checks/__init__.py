"""What the doctor looks at: one file a subject, and what it says."""
