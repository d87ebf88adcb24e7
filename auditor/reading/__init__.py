"""What a document prints, read without knowing the model: its figures, its tables, its own arithmetic."""
