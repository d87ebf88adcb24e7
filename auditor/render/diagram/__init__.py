"""Architecture diagrams: drawn from what flowed through the model when it was measured."""
