"""What one column's values do as days go by."""
