"""The pane beside a conversation that shows the cited page of a file, with the quote marked."""
