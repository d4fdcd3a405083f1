"""The page of what assistants did to files, what they may do, and the record of it."""
