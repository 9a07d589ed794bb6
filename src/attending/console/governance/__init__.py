"""What the pages of governance show, worked out for each subject in a file of its own."""
